import type { HoldEvent } from './hold-events.ts'

/** What the platform tells a held version by. `image`: by images that run together, each by any of its names, a tag or `@` and a digest; `template`: by everything its pods get. */
export type HeldBy =
  | { readonly kind: 'image'; readonly images: readonly (readonly string[])[] }
  | { readonly kind: 'template' }

/** A version that was left counts as bad until somebody lifts the hold; where the platform can, it refuses to run it, too. */
export interface Hold {
  readonly revision: string
  readonly name: string
  readonly lifted: boolean
  /** The platform can be asked to refuse it. */
  readonly isEnforceable: boolean
  /** It was asked to, or was about to be: from here on it may refuse, and must be told when the hold is lifted. */
  readonly begun: boolean
  /** What it has confirmed. */
  readonly refusedBy: HeldBy | undefined
  /** It lets the version run again. */
  readonly released: boolean
  readonly failure:
    | {
        readonly doing: 'enforce' | 'release'
        readonly why: string
        /** It is not tried again by itself. */
        readonly isFinal: boolean
      }
    | undefined
}

export function holdAfter(hold: Hold | undefined, event: HoldEvent): Hold | undefined {
  if (event.kind === 'hold_placed') {
    const { revision, name, isEnforceable = false } = event
    return { ...unheld, revision, name, isEnforceable }
  }
  if (!hold) return undefined
  switch (event.kind) {
    case 'hold_lifted':
      return { ...hold, lifted: true }
    case 'hold_begun':
      return { ...hold, begun: true }
    case 'hold_enforced':
      return { ...hold, refusedBy: event.by, failure: undefined }
    case 'hold_released':
      return { ...hold, released: true, failure: undefined }
    case 'hold_failed': {
      const { doing, why, isFinal } = event
      return { ...hold, failure: { doing, why, isFinal } }
    }
  }
}

const unheld = {
  lifted: false,
  begun: false,
  refusedBy: undefined,
  released: false,
  failure: undefined,
} as const
