import type { Button, ContextBlock, KnownBlock } from '@slack/types'
import { isMachine } from '#domain/alerts/alert.ts'
import { manualReasons } from '#domain/rollback/request.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { imagesText } from '#domain/communication/hold-words.ts'
import { clock, clockSeconds } from '#domain/communication/words.ts'
import { checkMarks } from '#domain/communication/rollback-story.ts'
import { button, context } from './blocks.ts'
import { bold, dotted, joined, lines, link, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { ButtonKind, CardInput } from './message.ts'
import { roleName } from '#domain/communication/role-words.ts'

/** `CRITICAL · started 14:23 UTC · prod/production`, and where to look things up. A card stands for hours: it says no ages. */
export function situation({
  incident,
  service,
  now,
}: Pick<CardInput, 'incident' | 'service' | 'now'>): ContextBlock {
  const links = [
    ...(service.runbook === undefined ? [] : [{ title: 'runbook', url: service.runbook }]),
    ...service.dashboards.slice(0, 3),
  ]
  return context(
    dotted(
      bold(incident.severity.toUpperCase()),
      mrkdwn`started ${clock(incident.startedAt, now)}`,
      mrkdwn`${service.environment}`,
      mrkdwn`owned by ${service.owner}`,
      ...links.map(link),
    ),
  )
}

/** From and to as people say them; before there is a plan, what was asked for. */
export const fromName = ({ rollback }: CardInput): string =>
  rollback.plan?.from.name ?? 'what runs now'
export const toName = ({ rollback }: CardInput): string =>
  rollback.plan?.to.name ?? rollback.wanted ?? 'the last good version'

/** `asked for by @on-call (Customer-impacting bug): “baskets are empty”`; the kind that was chosen, where it says more than the words. */
export function askedBy({ rollback: { requestedBy, reason, reasonKind } }: CardInput): Markup {
  const kind = manualReasons[reasonKind]
  const says = reasonKind !== 'other' && reason !== kind
  return mrkdwn`asked for by ${person(requestedBy)}${says ? ` (${kind})` : ''}: ${quoted(reason, 200)}`
}

/** `approved by @on-call as on-call engineer, 14:31:05 UTC`; both names where two had to agree. */
export function approvedBy({ rollback }: CardInput): Markup | undefined {
  const { approved, approvals } = rollback
  if (approvals.length === 0)
    return approved && isMachine(approved.by)
      ? mrkdwn`decided by ${person(approved.by)} at ${clockSeconds(approved.at)} UTC, at the level of the ${roleName(approved.as)}: nobody stopped it`
      : undefined
  const each = approvals.map(
    ({ by, as, at }) => mrkdwn`${person(by)} as ${roleName(as)}, ${clockSeconds(at)} UTC`,
  )
  return mrkdwn`approved by ${joined(each, ' and ')}`
}

/** Loud until the proper level has looked at it. */
export function brokenGlass(input: CardInput): readonly KnownBlock[] {
  const { breakGlass, approvals } = input.rollback
  if (!breakGlass) return []
  const needed = approvals.findLast((approval) => approval.breakGlass !== null)?.needed
  const review = breakGlass.reviewedBy
    ? mrkdwn`reviewed by ${person(breakGlass.reviewedBy)}`
    : mrkdwn`still to be reviewed by ${needed ? `the ${roleName(needed)}` : 'the proper level'}`
  return [
    context(
      mrkdwn`${bold('BREAK-GLASS')} by ${person(breakGlass.by)}: ${quoted(breakGlass.reason)} · ${review}`,
    ),
  ]
}

export const reviewButton = (input: CardInput): Button | undefined =>
  input.rollback.breakGlass && !input.rollback.breakGlass.reviewedBy
    ? press(input, 'Review break-glass…', 'review-break-glass')
    : undefined

/** What was accepted in writing, so that everybody reads it; of both where two had to agree. */
export function acknowledged({ rollback }: CardInput): Markup | undefined {
  const each = rollback.approvals.flatMap(({ by, acknowledged: words }) =>
    words ? [mrkdwn`${person(by)}: ${quoted(words)}`] : [],
  )
  return each.length > 0 ? mrkdwn`accepted by ${joined(each, ' and ')}` : undefined
}

export const checklistButton = (input: CardInput): Button => press(input, 'Checklist', 'checklist')

export function press(
  { rollback, sign }: CardInput,
  label: string,
  kind: ButtonKind,
  look: Parameters<typeof button>[3] = {},
): Button {
  return button(
    label,
    {
      kind,
      rollback: rollback.id,
      ...(rollback.digest === undefined ? {} : { digest: rollback.digest }),
    },
    sign,
    look,
  )
}

/** `✓ 12/12 pods on sha256:77ab…`, each on a line of its own: what failed stands first. */
export function checksText(checks: readonly Check[]): Markup {
  const order = { failed: 0, unknown: 1, passed: 2 } as const
  const sorted = checks.toSorted((a, b) => order[a.result] - order[b.result])
  return lines(...sorted.map(({ result, text }) => mrkdwn`${checkMarks[result]} ${text}`))
}

/** `plan 3f9a·c2 · asked 14:30 UTC`: short enough to compare by voice. */
export function footnote({ rollback, incidentId, now }: CardInput): ContextBlock {
  return context(
    dotted(
      mrkdwn`${incidentId}`,
      rollback.digest === undefined ? undefined : mrkdwn`plan ${spoken(rollback.digest)}`,
      mrkdwn`asked ${clock(rollback.requestedAt, now)}`,
    ),
  )
}

/** `3f9a·c2`. */
export function spoken(digest: string): string {
  const hex = digest.split(':').at(-1) ?? digest
  return `${hex.slice(0, 4)}·${hex.slice(4, 6)}`
}

/** What stands in the way of the version that was left, or no longer does. */
export function held({ rollback }: CardInput): Markup | undefined {
  const { hold, plan } = rollback
  if (!hold) return undefined
  if (hold.lifted)
    return hold.begun && !hold.released
      ? mrkdwn`The hold on ${hold.name} is being lifted.`
      : mrkdwn`The hold on ${hold.name} was lifted: it may be deployed again.`
  if (!hold.refusedBy) {
    const past = hold.isEnforceable ? '' : ' Whoever deploys past Countermand is not stopped.'
    return mrkdwn`${hold.name} is held: it counts as bad, and going to it needs an acknowledgement, until someone lifts the hold.${past}`
  }
  return hold.refusedBy.kind === 'image'
    ? mrkdwn`${hold.name} is held: it cannot be deployed until someone lifts the hold. The cluster refuses ${imagesText(hold.refusedBy.images)} in ${plan?.target.title ?? rollback.service}.`
    : mrkdwn`${hold.name} as it was configured is held: it cannot be deployed until someone lifts the hold. It differs from ${plan?.to.name ?? 'the version before'} in configuration alone, so its image itself may go out configured otherwise.`
}

export const liftHold = (input: CardInput) =>
  input.rollback.hold && !input.rollback.hold.lifted
    ? press(input, 'Lift hold…', 'lift-hold')
    : undefined
