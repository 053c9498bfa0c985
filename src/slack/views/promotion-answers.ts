import type { Answer } from '#domain/communication/answer.ts'
import { promotionRefusal } from '#domain/communication/promotion-refusals.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { saysOf } from '#domain/promotion/items.ts'
import type { AnswerContext } from './answer-context.ts'
import { message, section, sectionIf } from './blocks.ts'
import { shown } from './event-words.ts'
import { bold, code, lines, type Markup, mrkdwn } from './markup.ts'
import type { Message } from './message.ts'
import { promotionCard } from './promotion.ts'

type Of<Kind extends Answer['kind']> = Extract<Answer, { kind: Kind }>

/** Whoever asks is told where the card is; who only wants to see is shown it. */
export function promotionAnswer(
  { promotion, said, minRequests }: Of<'promotion'>,
  { now, sign }: AnswerContext,
): Message {
  const { service, target } = promotion
  switch (said) {
    case 'requested':
      return says(
        mrkdwn`The canary of ${bold(service)} is taken through its gates from here on: its card shows every item and what comes next.`,
        mrkdwn`An on-call engineer of the service or above decides at each step; they are called when a gate can be passed.`,
      )
    case 'joined':
      return says(
        mrkdwn`The canary of ${bold(service)} is on its way already: see its card. Your wish is on its timeline.`,
      )
    case 'status':
    case 'preview': {
      const view = { now, minRequests, environment: target.title }
      if (said === 'status') return promotionCard(promotion, { ...view, sign })
      const card = promotionCard(promotion, { ...view, sign: undefined })
      const dry = mrkdwn`Dry run, nothing was written. To ask for it, leave ${code('--dry-run')} out.`
      return message(
        mrkdwn`Dry run, nothing was written: the canary of ${bold(service)}.`,
        section(dry),
        card.blocks,
      )
    }
  }
}

/** What came of a click. */
export function promotionDecided({ promotion, did }: Of<'promotion_decided'>): Message {
  return says(mrkdwn`${doneText(bold(promotion.service), did)}`)
}

function doneText(service: Markup, did: PromotionEvent): Markup {
  switch (did.kind) {
    case 'promotion_approved':
      return mrkdwn`Approved: the canary of ${service} ${did.share >= 100 ? 'is promoted in full' : `goes to ${did.share} %`}. The card shows how it goes.`
    case 'canary_away_ordered':
      return mrkdwn`The canary of ${service} is taken away. The card shows how it goes.`
    case 'promotion_held':
      return mrkdwn`The canary of ${service} is held where it stands. Go on ends the hold.`
    case 'promotion_resumed':
      return mrkdwn`The hold of the canary of ${service} is ended.`
    case 'promotion_retried':
      return mrkdwn`It is tried again. The card shows how it goes.`
    case 'leftover_spared':
      return mrkdwn`Kept: what ran before of ${service} stays as it is, until somebody takes it away.`
    case 'promotion_ticked':
      return mrkdwn`“${saysOf(did.item)}” ${did.holds ? 'holds' : 'does not hold'}: it is on the timeline of ${service} under your name.`
    default:
      return mrkdwn`It is on the timeline of ${service}.`
  }
}

export const promotionRefused = (
  { promotion: { service }, refusal }: Of<'promotion_refused'>,
  { command = '/rollback', promote = '/promote', promotionShown: shows }: AnswerContext,
): Message =>
  says(
    shown(
      promotionRefusal(refusal, {
        rollback: command,
        promote,
        card: shows === undefined ? 'the card' : `${shows} ${service}`,
      }),
    ),
  )

function says(first: Markup, ...more: readonly Markup[]): Message {
  return message(lines(first, ...more), section(first), sectionIf(lines(...more)))
}
