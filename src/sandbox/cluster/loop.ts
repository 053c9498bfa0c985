/** A clock that is moved can make a wait shorter, so none is longer than this. */
const longestWaitMs = 1_000

/** Runs `pass` soon after it was asked for, once however often it was asked, and again when it asks for that itself. */
export function createLoop(pass: () => void) {
  let soon: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  let laterAt = Number.POSITIVE_INFINITY
  let isClosed = false

  function ask(): void {
    if (isClosed || soon !== undefined) return
    soon = setImmediate(() => {
      soon = undefined
      pass()
    })
  }

  return {
    ask,
    /** The earliest of all waits counts; the pass that follows asks anew for what is still to come. */
    again(afterMs: number): void {
      const waitMs = Math.min(afterMs + 1, longestWaitMs)
      const at = performance.now() + waitMs
      if (isClosed || at >= laterAt) return
      clearTimeout(later)
      laterAt = at
      later = setTimeout(() => {
        laterAt = Number.POSITIVE_INFINITY
        ask()
      }, waitMs)
    },
    close(): void {
      isClosed = true
      clearImmediate(soon)
      clearTimeout(later)
    },
  }
}
