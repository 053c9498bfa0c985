import { z } from 'zod'
import type { AutomationSettings } from '#domain/automation/settings.ts'
import { isSeries, type Trigger, triggerNames, triggers } from '#domain/automation/triggers.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { type Micros, seconds } from '#domain/time.ts'

/** The score is not named: `combine` asks for it. */
const names = triggerNames.filter((name) => name !== 'score') as [Trigger, ...Trigger[]]

/** What may be rolled back by itself. Nothing is, where this is left out. */
export const AutomationSection = z.strictObject({
  /** `dry-run`: says what it would do. */
  mode: z.enum(['off', 'dry-run', 'on']),
  /** How long people have to stop it; 0 asks nobody. */
  countdownSeconds: z.int().min(0).max(3_600).default(30),
  /** Those that may act; those of `unnamedTriggers`, when left out. */
  triggers: z
    .array(z.enum(names))
    .min(
      1,
      'must name at least one trigger, or be left out for the usual ones that can be measured',
    )
    .optional(),
  /** `all`: those that are named must all fire, for more than ten minutes together. `weighted`: so does what the profile weighs. */
  combine: z.enum(['any', 'all', 'weighted']).default('any'),
})
export type AutomationSection = z.infer<typeof AutomationSection>

interface Row {
  readonly automation?: AutomationSection | undefined
  readonly signals: Readonly<Partial<Record<keyof SignalQueries, unknown>>>
  readonly canary?: unknown
  readonly policy?: { readonly profile?: unknown } | undefined
  readonly approval: { readonly twoPerson: boolean }
}

export function automationSettings(row: Row): AutomationSettings | undefined {
  if (!row.automation) return undefined
  const { mode, countdownSeconds, triggers: chosen, combine } = row.automation
  return {
    mode,
    countdownMicros: seconds(countdownSeconds) satisfies Micros,
    triggers: [
      ...(chosen ?? unnamedTriggers(row)),
      ...(combine === 'weighted' ? (['score'] as const) : []),
    ],
    ...(combine === 'all' ? { combine } : {}),
  }
}

/** Those that may act where a service names none: no one that came later, and that nobody switched on, is among them. */
export const unnamedTriggers = (row: Pick<Row, 'signals' | 'canary'>): readonly Trigger[] =>
  triggerNames.filter((name) => !isOnlyNamed(name) && lacking(name, row) === undefined)

const isOnlyNamed = (name: Trigger): boolean => onlyNamed.includes(name)
const onlyNamed: readonly Trigger[] = [
  'score',
  'circuit-breaker',
  'saturation',
  'pipeline',
  'flagger',
]

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
      const lacks = lacking(name, row)
      if (lacks !== undefined) return [{ path, text: `${name} can never fire: it needs ${lacks}` }]
      return chosen.indexOf(name) < index ? [{ path, text: `${name} is named twice` }] : []
    }),
    ...combiningProblems(automation, row),
  ]
}

function combiningProblems({ combine, triggers: chosen }: AutomationSection, { policy }: Row) {
  const path = ['automation', 'combine']
  if (combine === 'weighted' && policy?.profile === undefined)
    return [{ path, text: 'is weighted, but nothing weighs: it needs policy.profile' }]
  if (combine !== 'all') return []
  const momentary = chosen?.find((name) => !lasts(name))
  if (momentary !== undefined)
    return [
      {
        path,
        text: `is all, but nobody can say for how long ${momentary} has fired: leave one of them out`,
      },
    ]
  return chosen === undefined || chosen.length < 2
    ? [{ path, text: 'is all: name the triggers that must fire together, at least two' }]
    : []
}

/** Whether it can be said how long it has fired. */
const lasts = (name: Trigger): boolean =>
  isSeries(name) || ['alert', 'pipeline'].includes(triggers[name].of)

/** What has to be configured for a trigger to be measured, where it is not. */
export function lacking(
  name: Trigger,
  { signals, canary }: Pick<Row, 'signals' | 'canary'>,
): string | undefined {
  const trigger = triggers[name]
  switch (trigger.of) {
    case 'series':
      return signals[trigger.signal] === undefined ? `signals.${trigger.signal}` : undefined
    case 'canary':
      return canary === undefined ? 'canary' : undefined
    case 'breaker':
      return signals.circuitBreaker === undefined ? 'signals.circuitBreaker' : undefined
    case 'saturation':
      return signals.cpu === undefined && signals.memory === undefined
        ? 'signals.cpu or signals.memory'
        : undefined
    case 'score':
    case 'alert':
    case 'pipeline':
    case 'delivery':
      return undefined
  }
}
