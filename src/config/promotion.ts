import { z } from 'zod'
import { type GateItem, gateItemNames, isTestItem, type TestItem } from '#domain/promotion/items.ts'
import {
  type Gate,
  type Ladder,
  ladderNames,
  ladderProblems,
  ladders,
} from '#domain/promotion/ladder.ts'
import type { PromotionSettings } from '#domain/promotion/settings.ts'
import { minutes, type Micros } from '#domain/time.ts'
import type { Finding } from './finding.ts'

const itemNames = gateItemNames.filter((item) => !isTestItem(item)) as [GateItem, ...GateItem[]]
const testNames = gateItemNames.filter(isTestItem) as [TestItem, ...TestItem[]]

const GateRow = z.strictObject({
  /** Percent. */
  at: z.number().min(0.1).max(99),
  afterMinutes: z.number().min(0).max(100_000),
  all: z.array(z.enum(itemNames)).min(1, 'must name what has to hold'),
  else: z.enum(['roll-back', 'investigate']).default('roll-back'),
  /** Nothing goes on from here by itself. */
  person: z.boolean().default(false),
})

/** How the canaries of a service go forward. */
export const PromotionSection = z.strictObject({
  ladder: z.union([z.enum(ladderNames), z.array(GateRow).min(1).max(20)]).default('default'),
  /** Goes on by itself where every item of a gate holds, by stricter numbers. */
  automatic: z.boolean().default(false),
  requesterMayApprove: z.boolean().default(false),
  /** Payment and authentication always need a person. */
  handles: z.enum(['payment', 'auth']).optional(),
  /** Tests that report by webhook, and must have passed. */
  tests: z.array(z.enum(testNames)).default([]),
})
export type PromotionSection = z.infer<typeof PromotionSection>

interface Row {
  readonly promotion?: PromotionSection | undefined
  readonly canary?: unknown
}

export function promotionSettings({ promotion }: Row): PromotionSettings | undefined {
  if (!promotion) return undefined
  const { ladder, automatic, requesterMayApprove, handles, tests } = promotion
  return {
    ladder: typeof ladder === 'string' ? ladders[ladder] : ownLadder(ladder),
    isAutomatic: automatic,
    requesterMayApprove,
    handles,
    tests: [...new Set(tests)],
  }
}

type Rows = Exclude<PromotionSection['ladder'], string>

function ownLadder(rows: Rows): Ladder {
  const [first = fallback, ...rest] = gatesOf(rows)
  return { name: 'its own', gates: [first, ...rest] }
}
const [fallback] = ladders.default.gates

const gatesOf = (rows: Rows): readonly Gate[] =>
  rows.map(({ at, afterMinutes, all, else: otherwise, person }) => ({
    at,
    after: Math.round(minutes(afterMinutes)) as Micros,
    all: [...new Set(all)],
    otherwise,
    ...(person ? { person: true as const } : {}),
  }))

/** What nobody could have meant. */
export function promotionProblems({ promotion, canary }: Row): readonly Finding[] {
  if (!promotion) return []
  const { ladder, automatic, handles } = promotion
  const problem = (key: string, text: string): Finding => ({ path: ['promotion', key], text })
  return [
    ...(typeof ladder === 'string'
      ? []
      : ladderProblems(gatesOf(ladder)).map((text) => problem('ladder', text))),
    ...(automatic && canary === undefined
      ? [
          problem(
            'automatic',
            'can never go on by itself: nothing tells a canary from what runs beside it, add canary',
          ),
        ]
      : []),
    ...(automatic && handles !== undefined
      ? [problem('automatic', `never applies: what handles ${handles} always needs a person`)]
      : []),
  ]
}
