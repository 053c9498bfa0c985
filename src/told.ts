/** What ends the program from outside of its work: it is told to, or something fails that nobody waits for. */
export interface Told {
  /** The first of them; never rejects. */
  readonly ending: Promise<'SIGINT' | 'SIGTERM' | 'fault'>
  /** Aborted at that moment: nothing more is to be opened. */
  readonly signal: AbortSignal
  /** What has failed until now. */
  readonly faults: readonly unknown[]
}

/**
 * Listens from here on. The first process of a container is ended by no signal that it does not listen for, and what nobody catches is
 * printed by Node as it is, with every secret in it (threat T117).
 */
export function untilTold(): Told {
  const { promise: ending, resolve } = Promise.withResolvers<Awaited<Told['ending']>>()
  const told = new AbortController()
  const faults: unknown[] = []
  const end = (why: Awaited<Told['ending']>) => {
    resolve(why)
    told.abort(new Error('the process was told to end'))
  }
  // A rejection that nobody handles ends here, too. It stays: where one thing fails, the next may.
  process.on('uncaughtException', (error) => {
    faults.push(error)
    end('fault')
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal))
  return { ending, signal: told.signal, faults }
}
