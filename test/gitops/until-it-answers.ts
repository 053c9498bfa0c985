import { setTimeout as sleep } from 'node:timers/promises'

interface Server {
  hasEnded(): boolean
  lastWords(): string
}

/** Throws its last words when it has ended, or does not answer in time. */
export async function untilItAnswers(url: string, server: Server): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    if (server.hasEnded() || performance.now() > deadline)
      throw new Error(`${url} does not answer:\n${server.lastWords()}`)
    await sleep(50)
  }
}
