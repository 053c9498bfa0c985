import { z } from 'zod'
import type { AutomationSettings } from '#domain/automation/settings.ts'
import { type Trigger, triggerNames, triggers } from '#domain/automation/triggers.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { type Micros, seconds } from '#domain/time.ts'

const names = triggerNames as readonly [Trigger, ...Trigger[]]

/** What may be rolled back by itself. Nothing is, where this is left out. */
export const AutomationSection = z.strictObject({
  /** `dry-run`: says what it would do. */
  mode: z.enum(['off', 'dry-run', 'on']),
  /** How long people have to stop it; 0 asks nobody. */
  countdownSeconds: z.int().min(0).max(3_600).default(30),
  /** Those that may act; every one that the service can be measured by, when left out. */
  triggers: z
    .array(z.enum(names))
    .min(1, 'must name at least one trigger, or be left out for all that can be measured')
    .optional(),
})
export type AutomationSection = z.infer<typeof AutomationSection>

interface Row {
  readonly automation?: AutomationSection | undefined
  readonly signals: Readonly<Partial<Record<keyof SignalQueries, unknown>>>
  readonly canary?: unknown
  readonly approval: { readonly twoPerson: boolean }
}

export function automationSettings(row: Row): AutomationSettings | undefined {
  if (!row.automation) return undefined
  const { mode, countdownSeconds, triggers: chosen } = row.automation
  return {
    mode,
    countdownMicros: seconds(countdownSeconds) satisfies Micros,
    triggers: chosen ?? triggerNames.filter((name) => missing(name, row) === undefined),
  }
}

/** What nobody could have meant: triggers that can never fire, and a machine where two people are asked for. */
export function automationProblems(
  row: Row,
): readonly { path: readonly (string | number)[]; text: string }[] {
  const { automation, approval } = row
  if (!automation) return []
  const chosen = automation.triggers ?? []
  return [
    ...(automation.mode === 'on' && approval.twoPerson
      ? [
          {
            path: ['automation', 'mode'],
            text: 'is on, but approval.twoPerson asks for two people: use dry-run, or take twoPerson away',
          },
        ]
      : []),
    ...chosen.flatMap((name, index) => {
      const path = ['automation', 'triggers', index]
      const lacks = missing(name, row)
      if (lacks !== undefined) return [{ path, text: `${name} can never fire: it needs ${lacks}` }]
      return chosen.indexOf(name) < index ? [{ path, text: `${name} is named twice` }] : []
    }),
  ]
}

/** What has to be configured for a trigger to be measured. */
function missing(name: Trigger, { signals, canary }: Row): string | undefined {
  const trigger = triggers[name]
  switch (trigger.of) {
    case 'series':
      return signals[trigger.signal] === undefined ? `signals.${trigger.signal}` : undefined
    case 'canary':
      return canary === undefined ? 'canary' : undefined
    case 'alert':
      return undefined
  }
}
