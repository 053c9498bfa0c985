import { percent, span } from '#domain/communication/words.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import { isWorse, type Severity } from '#domain/incident/severity.ts'
import type { Micros } from '#domain/time.ts'
import type { AssessmentPolicy } from './policy.ts'

/** What somebody knows of the cause and of the way to mend it. */
export interface KnownFix {
  readonly isSimple: boolean
  readonly takes: Micros
}

/** Whether the way back is open. */
export type WayBack =
  | {
      readonly kind: 'open'
      readonly to: string
      /** Why that one: `last version verified good`. */
      readonly because: string
      readonly warnings: readonly Warning[]
    }
  /** It cannot be gone, however bad it is: each reason in a sentence. */
  | { readonly kind: 'closed'; readonly why: readonly string[] }
  /** Nobody could look. */
  | { readonly kind: 'unknown'; readonly why: string }

export interface Choice {
  readonly rule: string
  readonly way: 'back' | 'canary_back' | 'forward'
  readonly because: string
}

/** Back or forward: the first rule that matches decides (policy §3). */
export function backOrForward(
  severity: Severity,
  {
    wayBack,
    isolatedToCanary,
    fix,
    errorRate,
  }: {
    readonly wayBack: WayBack
    readonly isolatedToCanary: boolean
    readonly fix: KnownFix | null
    /** A share; null where it could not be measured. */
    readonly errorRate: number | null
  },
  { forward }: AssessmentPolicy,
): Choice {
  const isGrave = isWorse(severity, 'medium')
  // A canary's traffic is taken back by what serves beside it: nothing has to be gone back to.
  if (wayBack.kind === 'closed' && !isolatedToCanary)
    return {
      rule: 'no-way-back',
      way: 'forward',
      because: `there is no way back: ${wayBack.why.join('; ')}`,
    }
  if (isGrave && isolatedToCanary)
    return {
      rule: 'canary-only',
      way: 'canary_back',
      because: `it is ${severity} and only the canary suffers: taking its traffic away is enough`,
    }
  if (isGrave)
    return {
      rule: 'stop-the-bleeding',
      way: 'back',
      because: `it is ${severity}: back first, then mend`,
    }
  if (fix?.isSimple && fix.takes <= forward.simpleFix)
    return {
      rule: 'simple-fix',
      way: 'forward',
      because: `the cause is known and a simple fix takes ${span(fix.takes)}`,
    }
  if (
    fix &&
    errorRate !== null &&
    errorRate < forward.mildErrorRate &&
    fix.takes <= forward.mildFix
  )
    return {
      rule: 'mild-and-soon-fixed',
      way: 'forward',
      because: `5xx is below ${percent(forward.mildErrorRate)} and the fix takes ${span(fix.takes)}`,
    }
  return {
    rule: 'back-then-fix',
    // What is not the canary's needs no rollback.
    way: isolatedToCanary ? 'canary_back' : 'back',
    because: fix ? 'the fix takes longer than going back' : 'the cause is not known yet',
  }
}
