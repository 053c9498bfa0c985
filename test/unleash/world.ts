import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import type { Target } from '#domain/service.ts'
import { flag } from '#executors/flag/index.ts'
import { flagProvider } from '#flags/index.ts'
import { adminToken } from './server.ts'

const Feature = z.object({
  environments: z.array(
    z.object({ name: z.string(), enabled: z.boolean(), strategies: z.array(z.json()) }),
  ),
})
const Events = z.object({ events: z.array(z.looseObject({ type: z.string() })) })

/** A flag of its own in the real Unleash, on for so many percent of production. */
export async function aFlag(share = 25) {
  const url = inject('unleash')
  const key = `flag-${randomBytes(5).toString('hex')}`
  const admin = '/api/admin/projects/default/features'
  const own = `${admin}/${key}/environments/production`
  await ask('POST', admin, { name: key, type: 'release' })
  await ask('POST', `${own}/strategies`, {
    name: 'flexibleRollout',
    parameters: { rollout: String(share), stickiness: 'default', groupId: key },
  })
  await ask('POST', `${own}/on`)
  const provider = flagProvider('unleash', { called: 'shop', url, token: adminToken })
  const fresh = () => flag({ providers: new Map([['shop', provider]]) })
  const target: Target = {
    executor: 'flag',
    workload: workloadId(`flag/shop/default/production/${key}`),
    title: `flag ${key} in production (shop)`,
    spec: { provider: 'shop', project: 'default', key, environment: 'production' },
  }
  return {
    url,
    key,
    target,
    provider,
    executor: fresh(),
    fresh,
    place: { project: 'default', key, environment: 'production' },
    /** As the server itself shows it. */
    async state() {
      const { environments } = Feature.parse(await ask('GET', `${admin}/${key}`))
      const found = environments.find(({ name }) => name === 'production')
      if (!found) throw new Error('production is not there')
      return { isOn: found.enabled, strategies: found.strategies }
    },
    /** How often it was switched, by the server's own record. */
    async switches() {
      const found = await ask('GET', `/api/admin/search/events?feature=IS:${key}&limit=100`)
      return Events.parse(found).events.filter(({ type }) =>
        /^feature-environment-(en|dis)abled$/.test(type),
      ).length
    },
    /** Somebody gives it to another share. */
    async widen(to: number) {
      const { strategies } = await this.state()
      const { id } = z.looseObject({ id: z.string() }).parse(strategies[0])
      await ask('PUT', `${own}/strategies/${id}`, {
        name: 'flexibleRollout',
        parameters: { rollout: String(to), stickiness: 'default', groupId: key },
      })
    },
    /** Somebody takes away whom it was for. */
    async loseStrategies() {
      const { strategies } = await this.state()
      for (const one of strategies) {
        const { id } = z.looseObject({ id: z.string() }).parse(one)
        await ask('DELETE', `${own}/strategies/${id}`)
      }
    },
    ask,
  }

  async function ask(method: string, path: string, json?: Json): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: adminToken, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}
