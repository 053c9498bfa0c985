import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type Acknowledged, sender } from './load.ts'

interface Given {
  readonly url: string
  readonly perSecond: number
  readonly payloads: readonly string[]
}

/** Sends from a thread of its own: who only looks at the clock must not be held up by the pretend Slack beside it. */
export function pacer(signingSecret: string) {
  const worker = new Worker(new URL(import.meta.url), { workerData: signingSecret })
  return {
    /** They begin at an even pace however long the ones before take. One call at a time. */
    async paced(given: Given): Promise<readonly Acknowledged[]> {
      worker.postMessage(given)
      const [sent] = (await once(worker, 'message')) as [readonly Acknowledged[]]
      return sent
    },
    close: () => worker.terminate(),
  }
}

async function sendAll(
  { post }: ReturnType<typeof sender>,
  { url, perSecond, payloads }: Given,
): Promise<readonly Acknowledged[]> {
  const began = performance.now()
  const going: Promise<Acknowledged>[] = []
  while (going.length < payloads.length) {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1_000) + 1
    for (const payload of payloads.slice(going.length, due)) going.push(post(url, { payload }))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return Promise.all(going)
}

if (!isMainThread) {
  const own = sender(workerData as string)
  parentPort?.on('message', (given: Given) => {
    void sendAll(own, given).then((sent) => parentPort?.postMessage(sent))
  })
}
