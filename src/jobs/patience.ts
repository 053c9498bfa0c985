/** How long a piece of work is tried again, and what lies between two tries. */
export interface Patience {
  readonly tries: number
  /** Before the next try, in ms, after so many failures in a row. */
  pauseMs(failures: number): number
}

/** 0.25, 0.5, 1 … at most 15 s; graphile-worker's own pauses grow to hours. */
const soonMs = (failures: number): number => Math.min(250 * 2 ** (failures - 1), 15_000)

/** Tried again for as long as it takes, unless a number of tries is given. */
export const patience = (tries = Number.POSITIVE_INFINITY): Patience => ({ tries, pauseMs: soonMs })

/** Tries that lie within the five minutes in which a request still decides something. */
const whileItDecides = 25

/**
 * For what somebody asked: the last try lies half an hour after the first at least, for as long as Slack takes an answer at the address
 * it gave. Five minutes after it was asked nothing is decided any more, and all there is left is an answer: once a minute from then on.
 */
export const untilAnswered: Patience = {
  tries: 2 * whileItDecides + 1,
  pauseMs: (failures) => (failures > whileItDecides ? 60_000 : soonMs(failures)),
}
