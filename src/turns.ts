/** Resolves when it is the caller's turn, first come, first served; at once where nobody is before it. */
export type Turn = () => Promise<void>

/**
 * At most so many turns in one round of the event loop. A sender with sixty requests at once would otherwise have all of them read,
 * proved and written down before the next person's is looked at; in turns, a person waits for a few of them. With a pause between
 * the rounds the processor is left to others meanwhile.
 */
export function turns({ eachRound = mostEachRound, pauseMs = 0 } = {}): Turn {
  let left = eachRound
  let isNextRoundDue = false
  const waiting: (() => void)[] = []

  const takeOne = () => {
    left -= 1
    if (isNextRoundDue) return
    isNextRoundDue = true
    if (pauseMs > 0) setTimeout(nextRound, pauseMs)
    // After whatever has come in meanwhile was read.
    else setImmediate(nextRound)
  }
  const nextRound = () => {
    left = eachRound
    isNextRoundDue = false
    for (const go of waiting.splice(0, eachRound)) {
      takeOne()
      go()
    }
  }
  return () =>
    new Promise((resolve) => {
      if (left === 0) waiting.push(resolve)
      else {
        takeOne()
        resolve()
      }
    })
}

/** The same for what machines send: when it is its turn, whoever has just pressed something goes before it. */
export const afterPeople =
  (turn: Turn, pressed: () => Promise<void>): Turn =>
  async () => {
    await turn()
    await pressed()
  }

/** A few milliseconds of work: with four, a flood took twice as long to be taken in. */
const mostEachRound = 16
