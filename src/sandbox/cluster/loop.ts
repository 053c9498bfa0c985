/** Runs `pass` soon after it was asked for, once however often it was asked, and again at the times it asks for itself. */
export function createLoop(pass: () => void) {
  const timers = new Set<NodeJS.Timeout>()
  let soon: NodeJS.Immediate | undefined
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
    /** A clock that jumped can make a wait shorter, so nothing waits longer than a second. */
    again(afterMs: number): void {
      if (isClosed || timers.size > 50) return
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          ask()
        },
        Math.min(afterMs + 1, 1_000),
      )
      timers.add(timer)
    },
    close(): void {
      isClosed = true
      if (soon) clearImmediate(soon)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
