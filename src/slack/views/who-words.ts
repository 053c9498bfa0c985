import { raiseOf } from '#domain/rollback/raise.ts'
import type { Role } from '#domain/authority/role.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import type { WhoDecides } from '#domain/communication/answer.ts'
import { roleName } from '#domain/communication/role-words.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { clock, left, type Read } from '#domain/communication/words.ts'
import { between, type Instant } from '#domain/time.ts'
import { type Markup, mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** `on-call engineer until 14:38 UTC (8 min left) → then team lead → 14:53 UTC engineering manager`; what stands for a while says no minutes. */
export function whoText(who: WhoDecides, now: Instant, read: Read): Markup {
  const beside = who.coApprover ? ` and ${besides(who.now, who.coApprover)}` : ''
  return mrkdwn`${roleName(who.now)}${beside}${until(who, now, read)}${later(who, now)}`
}

/** The level alone, where the next decision needs one person: `on-call engineer until 14:38 UTC → then team lead`. */
export function levelText(who: WhoDecides, now: Instant): Markup {
  const next = who.then.findIndex(({ role }) => role !== who.now)
  const then = next < 0 ? [] : who.then.slice(next)
  const [change] = then
  const end = change ? ` until ${clock(change.from, now)}` : ''
  return mrkdwn`${roleName(who.now)}${end}${later({ ...who, then }, now)}`
}

function until({ until: end }: WhoDecides, now: Instant, read: Read): string {
  if (end === undefined) return ''
  const wait = read === 'at_once' ? ` (${left(between(now, end))} left)` : ''
  return ` until ${clock(end, now)}${wait}`
}

/** Only rows that change who is asked are worth naming. */
function later(who: WhoDecides, now: Instant): string {
  let last: Role = who.now
  const named: string[] = []
  who.then.forEach(({ from, role }, index) => {
    if (role === last) return
    last = role
    const when = index === 0 ? 'then' : clock(from, now)
    named.push(` → ${when} ${roleName(role)}`)
  })
  return named.join('')
}

/** Two of the same level are two people. */
const besides = (role: Role, other: Role): string =>
  role === other ? `a second ${roleName(other)}` : roleName(other)

export function cardDeciders({
  policy,
  incident,
  now,
  rollback,
}: Pick<CardInput, 'policy' | 'incident' | 'now' | 'rollback'>): WhoDecides {
  const { matrix } = policyInForce(incident, policy)
  return whoDecides(matrix, incident.authorityStart, now, raiseOf(rollback))
}
