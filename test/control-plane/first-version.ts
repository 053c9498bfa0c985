import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const readyWithinMs = 10_000

/**
 * Writes into an empty etcd before anybody else does. The API server then begins with a version that is not the first, and
 * knows nothing of the one before, as in every cluster that has a past: a watch from there is refused (410).
 */
export async function writeFirstVersion(
  socketPath: string,
  etcd: { hasEnded(): boolean; lastWords(): string },
): Promise<void> {
  const deadline = performance.now() + readyWithinMs
  while (!(await isWritten(socketPath))) {
    if (etcd.hasEnded() || performance.now() > deadline)
      throw new Error(`etcd takes no writes:\n${etcd.lastWords()}`)
    await sleep(20)
  }
}

function isWritten(socketPath: string): Promise<boolean> {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return new Promise((resolve) => {
    const sent = request({ socketPath, path: '/v3/kv/put', method: 'POST' }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    sent.once('error', () => resolve(false))
    sent.end(JSON.stringify({ key: base64('/past'), value: base64('a past') }))
  })
}
