import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { offId } from '#executors/flag/look.ts'
import { flag } from '#executors/flag/index.ts'
import { flagProvider } from '#flags/index.ts'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { executorContract, type Platform } from '../executors/contract.ts'
import { aFence } from '../executors/fence.ts'
import { faultOf } from '../executors/troubles.ts'
import { adminToken } from './server.ts'
import { aFlag } from './world.ts'

executorContract('a flag of a real Unleash', async (trouble): Promise<Platform> => {
  const [own, fence] = [await aFlag(25), aFence()]
  const between = await troubledWay(own.url)
  const provider = flagProvider('unleash', {
    called: 'shop',
    url: between.url,
    token: adminToken,
    timeoutMs: trouble?.kind === 'late' ? 800 : 10_000,
    beforeChange: fence.beforeChange,
  })
  const fresh = () => flag({ providers: new Map([['shop', provider]]) })
  const executor = fresh()
  const observed = await executor.observe(own.target, AbortSignal.timeout(20_000))
  return {
    executor,
    restarted: fresh,
    target: own.target,
    good: offId,
    bad: observed.running.id,
    fence,
    change: `${own.key} switched off`,
    forgets: true,
    wanted: own.state,
    changes: between.switches,
    trouble: (kind, times) =>
      between.faults.add({ method: 'POST', times, ...faultOf(kind, 1_500) }),
    shipAnother: () => own.widen(60),
    removeTarget: async () => {
      await own.ask('DELETE', `/api/admin/projects/default/features/${own.key}`)
    },
    close: between.close,
  }
})

/** A proxy before the server, on whose way a switch may get into trouble. It counts those that the server took and that changed something. */
async function troubledWay(to: string) {
  const faults = createFaults()
  let [isOn, switches] = [true, 0]
  const passed = async (request: IncomingMessage, body: string) => {
    const { method = '', url = '', headers } = request
    const answer = await fetch(`${to}${url}`, {
      method,
      headers: {
        authorization: headers.authorization ?? '',
        'content-type': headers['content-type'] ?? 'application/json',
      },
      ...(body === '' ? {} : { body }),
    })
    const wanted = /\/environments\/[^/]+\/(on|off)$/.exec(url)?.[1]
    if (method === 'POST' && wanted !== undefined && answer.ok && isOn !== (wanted === 'on')) {
      isOn = wanted === 'on'
      switches += 1
    }
    return answer
  }
  const answered = async (request: IncomingMessage, response: ServerResponse) => {
    const fault = faults.take(request.method ?? '', request.url ?? '')
    const body = await text(request)
    if (fault?.status !== undefined) return response.writeHead(fault.status).end('{}')
    if (fault?.cut === 'before') return request.socket.destroy()
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs)
    const answer = await passed(request, body)
    if (fault?.cut === 'after') return request.socket.destroy()
    const type = answer.headers.get('content-type') ?? 'application/json'
    return response.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
  }
  const server = createServer((request, response) => {
    answered(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    switches: () => switches,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
