import { isTogether } from '#domain/rollback/together.ts'
import type { CardInput, Message } from './message.ts'
import { countdownCard } from './card-countdown.ts'
import { endedCard } from './card-ended.ts'
import { approvedCard, planningCard, proposalCard } from './card-proposal.ts'
import { recoveredCard, unsettledCard, verifyingCard } from './card-result.ts'
import { runningCard } from './card-running.ts'
import { togetherProposal, withTogether } from './card-together.ts'
import { failedCard, stuckCard } from './card-trouble.ts'

/** The card of a rollback as its record stands: everything on it comes from the events, whatever was shown before. */
export function card(input: CardInput): Message {
  const { rollback, together = [] } = input
  if (together.length === 0) return ownCard(input)
  const isAsked = rollback.phase === 'awaiting_approval' && isTogether(rollback)
  return isAsked ? togetherProposal(input, together) : withTogether(ownCard(input), input, together)
}

function ownCard(input: CardInput): Message {
  switch (input.rollback.phase) {
    case 'awaiting_plan':
      return planningCard(input)
    case 'awaiting_approval':
      return input.rollback.countdown ? countdownCard(input) : proposalCard(input)
    case 'approved':
      return approvedCard(input)
    case 'applying':
    case 'settling':
    case 'undoing':
      return runningCard(input)
    case 'failed':
      return failedCard(input)
    case 'stuck':
      return stuckCard(input)
    case 'verifying':
      return verifyingCard(input)
    case 'watching':
    case 'stable':
      return recoveredCard(input)
    case 'not_recovered':
    case 'unverified':
    case 'degraded':
      return unsettledCard(input)
    case 'superseded':
    case 'undone':
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return endedCard(input)
  }
}
