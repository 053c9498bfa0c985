import { span } from '#domain/communication/words.ts'
import { offeredWay } from '#domain/rollback/offered-way.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { mechanisms } from '#domain/rollback/ways.ts'
import { confirm } from './blocks.ts'
import { press } from './card-parts.ts'
import { bold, dotted, lines, type Markup, mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** Why this way and not one of the others, where there was a choice. */
export function waysText({ ways, mechanism }: Plan): Markup | undefined {
  if (!ways) return undefined
  const own = mechanisms[mechanism].says
  const because = {
    first_in_time: `the first way in the order that is done in time for ${ways.strategy}`,
    first_none_in_time: `the first way in the order; none is done in time for ${ways.strategy}`,
    only_open: 'the only way that is open now',
  }[ways.because]
  return lines(
    mrkdwn`${bold('Why so')}  ${own}: ${because}`,
    mrkdwn`${bold('Other ways')}  ${dotted(
      ...ways.others.map(({ mechanism: other, isOpen, expectedMicros, why }) =>
        isOpen
          ? mrkdwn`${mechanisms[other].says}, about ${span(expectedMicros)} (${why})`
          : mrkdwn`not now: ${mechanisms[other].says} (${why})`,
      ),
    )}`,
  )
}

/** Offered once the way under way has failed, or spent its budget. */
export function nextWayText({ rollback }: CardInput): Markup | undefined {
  const next = offeredWay(rollback)
  return (
    next &&
    mrkdwn`${bold('Another way')}  ${mechanisms[next.mechanism].says}, about ${span(next.expectedMicros)}: this one is left where it stands, and the other is planned and approved anew`
  )
}

export function nextWayButton(input: CardInput) {
  const next = offeredWay(input.rollback)
  return (
    next &&
    press(input, `Instead: ${mechanisms[next.mechanism].says}`, 'next-way', {
      confirm: confirm(
        'Go another way?',
        mrkdwn`The rollback of ${bold(input.service.id)} is left where it stands. A plan to ${bold(mechanisms[next.mechanism].says)} is made now; nothing of it is done before it is approved.`,
        'Make the plan',
        'Not yet',
      ),
    })
  )
}
