import type { KnownBlock, ModalView } from '@slack/types'
import type { ChecklistItemState } from '#domain/checklist/checklist.ts'
import type { ChecklistPhase } from '#domain/checklist/items.ts'
import type { RollbackId } from '#domain/ids.ts'
import { clock } from '#domain/communication/words.ts'
import type { Instant } from '#domain/time.ts'
import { button, context, section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, modal } from './inputs.ts'
import { bold, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Sign } from './message.ts'

export interface ChecklistInput {
  readonly items: readonly ChecklistItemState[]
  readonly rollback: RollbackId
  readonly sign: Sign
  readonly now: Instant
  /** Where the rollback stands: of the parts before it only what is open is shown, of those after it nothing. All of it when absent. */
  readonly part?: ChecklistPhase
}

const titles = {
  before: 'Before',
  during: 'During',
  'rolled-back': 'Rolled back',
  after: 'After',
  later: 'Later',
} as const

/** Phase by phase: what is done with its evidence, what is left; open items of people get a button. */
export function checklistBlocks({ items, part, ...input }: ChecklistInput): readonly KnownBlock[] {
  const parts = Object.keys(titles)
  const here = part === undefined ? parts.length : parts.indexOf(part)
  return Object.entries(titles).flatMap(([phase, title], index): readonly KnownBlock[] => {
    const own = items.filter((item) => item.phase === phase)
    const isPast = part !== undefined && index < here
    if (own.length === 0 || index > here) return []
    const done = own.filter((item) => item.done !== undefined).length
    const asked = own.filter(isAsked)
    const shown = own.filter((item) => !isAsked(item) && !(isPast && item.done))
    if (isPast && asked.length + shown.length === 0) return []
    return [
      section(
        lines(
          mrkdwn`${bold(title)}  ${done} of ${own.length} done${isPast ? ', still open:' : ''}`,
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

/** Opened from the card; a tick redraws it. */
export const checklistModal = ({
  metadata,
  ...given
}: ChecklistInput & { readonly metadata: string }): ModalView =>
  fitModal(
    modal(
      'Checklist',
      [
        ...checklistBlocks(given),
        context(
          mrkdwn`What Countermand can see it ticks itself. Your ticks stand on the timeline under your name.`,
        ),
      ],
      { callback: callbacks.checklist, metadata },
    ),
  )

const isAsked = ({ by, done }: ChecklistItemState): boolean => by === 'person' && done === undefined

function itemText({ text, done, by }: ChecklistItemState, now: Instant): Markup {
  if (!done) return mrkdwn`◦ ${text}${by === 'countermand' ? ' (ticked by itself)' : ''}`
  const when = done.at === undefined ? '' : `, ${clock(done.at, now)}`
  const evidence = done.evidence === '' ? '' : ` – ${done.evidence}`
  return mrkdwn`✓ ${text}${evidence} (${person(done.by)}${when})`
}
