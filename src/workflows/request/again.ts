import type { Answer } from '#domain/communication/answer.ts'

/** What others write to the same record while a plan is made makes it stale; that often it is made anew. */
export const mostAgain = 5

/** Said then: nothing was written, and to ask again is safe. */
export const changedAllTheTime: Answer = {
  kind: 'not_written',
  why: 'The record of the incident changed again and again while the plan was made. Ask again in a moment.',
}
