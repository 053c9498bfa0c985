import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PretendAzure, pretendGroup, pretendName, startAzure } from '#sandbox/azure/index.ts'
import { imageOf, type Platform } from './platform.ts'

const [west, north] = ['West Europe', 'North Europe'] as const
const short = (region: string): string => region.toLowerCase().replaceAll(' ', '')

/** Each workload is in two regions of a subscription of its own, and the second one is closed until it is needed. */
export async function inRegions(names: readonly string[]) {
  const all = new Map<string, PretendAzure>()
  const subscriptionOf = (name: string) =>
    `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`
  const azureOf = (name: string): PretendAzure => {
    const found = all.get(name)
    if (!found) throw new Error(`${name} is in no region`)
    return found
  }
  /** One address for all subscriptions, as Azure has it. */
  const front = createServer((request, response) => {
    const { method, headers, url: asked = '/' } = request
    const name = names.find((one) => asked.includes(`/${subscriptionOf(one)}/`))
    if (name === undefined) return void response.writeHead(404).end()
    // That of a gateway is named before what is asked of it.
    const url = asked.replace(/^\/[\w-]+(?=\/gateway\/)/, '')
    const passed = ask(new URL(url, azureOf(name).url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  for (const name of names) {
    const subscription = subscriptionOf(name)
    const times = { lookMs: 20, changeMs: 100, ttl: 1 }
    const gatewaysAt = `${url}/${subscription}`
    all.set(name, await startAzure({ subscription, enabled: [west], ...times, gatewaysAt }))
  }
  return {
    url,
    targetOf(name) {
      const place = `resourceGroup: ${pretendGroup}`
      const region = (one: string) => `${short(one)}: { endpoint: shop-${short(one)} }`
      return `region: { provider: azure, subscription: ${subscriptionOf(name)}, trafficManager: { ${place}, profile: ${pretendName} }, cosmos: { ${place}, account: ${pretendName} }, regions: { ${region(west)}, ${region(north)} } }`
    },
    ships: () => undefined,
    /** What runs there answers no more; where the whole region is lost, neither does its database. */
    fails: (name: string, isLost: boolean) => azureOf(name).fail(west, isLost),
    mends: (name: string) => azureOf(name).mend(west),
    /** The region that takes the requests stands for what runs there: they left 1.1, and went to 1.0. */
    runs(name) {
      const serving = azureOf(name).serving()
      return serving && imageOf(name, serving === short(north) ? '1.0' : '1.1')
    },
    wrong(name) {
      const { exchanges } = azureOf(name)
      const made = exchanges.flatMap(({ method, path, request, status }) =>
        method !== 'GET' && status < 300
          ? `${path.split('/').at(-1)} ${JSON.stringify(request)}`
          : [],
      )
      return made.some((one, at) => one === made[at - 1])
        ? [`Azure was told twice: ${made.join(', ')}`]
        : []
    },
    onChange(changed) {
      for (const azure of all.values()) azure.onChange(changed)
      return () => undefined
    },
    async close() {
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
      for (const azure of all.values()) await azure.close()
    },
  } satisfies Platform & Record<string, unknown>
}
