import type { Terminal } from './command.ts'
import type { Follower } from './desk.ts'

/** Thrown into what is followed: nobody watches any more. */
export class Left extends Error {
  override readonly name = 'Left'
}

/** Ctrl-C ends the watching, never the work: what this process carries out itself goes on to its end, and a second Ctrl-C leaves it as it stands. */
export function interruptions(
  terminal: Pick<Terminal, 'onInterrupt' | 'err'>,
  following: Pick<Follower<unknown>, 'isCarrying'>,
  what: string,
) {
  let times = 0
  const { promise: leaving, reject } = Promise.withResolvers<never>()
  leaving.catch(() => undefined)
  const end = terminal.onInterrupt(() => {
    times += 1
    if (times === 1 && following.isCarrying())
      terminal.err(
        `No server is alive, so this process carries the ${what} out: it goes on to its end and says no more. Ctrl-C once more leaves it as it stands.`,
      )
    else reject(new Left('nobody watches any more'))
  })
  return { leaving, end, isSilent: () => times > 0 }
}
