import { readdirSync } from 'node:fs'

/** What a process holds on to, when all is collected that nobody needs. */
export interface Held {
  readonly heapBytes: number
  readonly rssBytes: number
  /** Sockets, timers, files and whatever else keeps a process alive. */
  readonly handles: number
  /** Open files and sockets, as the system counts them. */
  readonly files: number
}

export async function heldByProcess(): Promise<Held> {
  const { gc: collect } = globalThis
  if (!collect) throw new Error('a process that is to be measured is started with --expose-gc')
  // What is let go by the first may be collected by the second.
  for (let times = 0; times < 3; times += 1) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, rss } = process.memoryUsage()
  return {
    heapBytes: heapUsed,
    rssBytes: rss,
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  }
}
