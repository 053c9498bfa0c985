export type Close = (graceMs?: number) => Promise<void>

/**
 * Opens one thing after the other; closes them the other way round, also when one of them cannot be opened. Once `told` is aborted, what
 * has just been opened is the last.
 */
export async function opening(
  told: AbortSignal,
  open: (opened: (close: Close) => void) => Promise<void>,
): Promise<Close> {
  const closing: Close[] = []
  const close: Close = async (grace) => {
    for (const end of closing.splice(0)) await end(grace)
  }
  try {
    told.throwIfAborted()
    await open((end) => {
      closing.unshift(end)
      told.throwIfAborted()
    })
    return close
  } catch (error) {
    await close()
    throw error
  }
}
