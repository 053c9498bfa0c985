import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type Witness = Awaited<ReturnType<typeof startWitness>>

/**
 * A clock that goes as fast as this machine does just now: by it a busy machine has as long for something as an idle one. Its beat is a
 * thread that waits, computes a little and asks the database, as those do that are watched, and nothing else; what a beat takes longer
 * than usual the machine was away. Whoever is slow for reasons of its own is slow by this clock, too.
 */
export async function startWitness(databaseUrl: string) {
  const worker = new Worker(new URL('./witness-thread.ts', import.meta.url), {
    workerData: databaseUrl,
    execArgv: [],
  })
  // Rejects when the thread fails.
  await once(worker, 'message')
  const began = performance.now()
  let beats = 0
  const lately = [began]
  worker.on('message', () => {
    beats += 1
    lately.push(performance.now())
    if (lately.length > lateBeats) lately.shift()
  })
  for (let early = 0; early < enoughBeats; early += 1) await once(worker, 'message')

  return {
    /** Milliseconds, at the usual speed. */
    now: () => beats * usualBeatMs,
    /** Of its usual speed, since the start; at most 1. */
    speed: () => Math.min(1, (beats * usualBeatMs) / (performance.now() - began)),
    /** How many times slower than usual it goes just now; at least 1. */
    slowness: () =>
      Math.max(1, (performance.now() - (lately[0] ?? began)) / (lately.length * usualBeatMs)),
    close: () => worker.terminate(),
  }
}

/** A beat on an idle machine: 25 ms of waiting, 2 ms of computing, and the way to the database and back. */
const usualBeatMs = 28
/** Before the speed is known. */
const enoughBeats = 20
/** By how many it is known just now. */
const lateBeats = 50
