import type { KnownBlock } from '@slack/types'
import type { ChecklistItemState } from '#domain/checklist/checklist.ts'
import type { RollbackId } from '#domain/ids.ts'
import { clock } from '#domain/communication/words.ts'
import type { Instant } from '#domain/time.ts'
import { button, section } from './blocks.ts'
import { bold, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Sign } from './message.ts'

export interface ChecklistInput {
  readonly items: readonly ChecklistItemState[]
  readonly rollback: RollbackId
  readonly sign: Sign
  readonly now: Instant
}

const titles = {
  before: 'Before',
  during: 'During',
  'rolled-back': 'Rolled back',
  after: 'After',
  later: 'Later',
} as const

/** Phase by phase: what is done with its evidence, what is left; open items of people get a button. */
export function checklistBlocks({ items, ...input }: ChecklistInput): readonly KnownBlock[] {
  return Object.entries(titles).flatMap(([phase, title]): readonly KnownBlock[] => {
    const own = items.filter((item) => item.phase === phase)
    if (own.length === 0) return []
    const done = own.filter((item) => item.done !== undefined).length
    const [asked, shown] = [own.filter(isAsked), own.filter((item) => !isAsked(item))]
    return [
      section(
        lines(
          mrkdwn`${bold(title)}  ${done} of ${own.length} done`,
          ...shown.map((item) => itemText(item, input.now)),
        ),
      ),
      ...asked.map((item) =>
        section(
          itemText(item, input.now),
          button('Tick', { kind: 'tick', rollback: input.rollback, detail: item.id }, input.sign),
        ),
      ),
    ]
  })
}

const isAsked = ({ by, done }: ChecklistItemState): boolean => by === 'person' && done === undefined

function itemText({ text, done, by }: ChecklistItemState, now: Instant): Markup {
  if (!done) return mrkdwn`○ ${text}${by === 'countermand' ? ' (ticked by itself)' : ''}`
  const when = done.at === undefined ? '' : `, ${clock(done.at, now)}`
  const evidence = done.evidence === '' ? '' : ` – ${done.evidence}`
  return mrkdwn`✓ ${text}${evidence} (${person(done.by)}${when})`
}
