/** Which hour "normal" was measured in: the one before the deploy, else the same one a week earlier (policy §1). */
export type NormalOf = 'hour-before' | 'last-week'

/** Behind a figure that is called normal: the usual hour needs no words. */
export const normalOfWords = {
  'hour-before': '',
  'last-week': ', same hour last week',
} as const satisfies Record<NormalOf, string>
