export type Close = (graceMs?: number) => Promise<void>

/** Opens one thing after the other; closes them the other way round, also when one of them cannot be opened. */
export async function opening(
  open: (opened: (close: Close) => void) => Promise<void>,
): Promise<Close> {
  const closing: Close[] = []
  const close: Close = async (grace) => {
    for (const end of closing.splice(0)) await end(grace)
  }
  try {
    await open((end) => closing.unshift(end))
    return close
  } catch (error) {
    await close()
    throw error
  }
}
