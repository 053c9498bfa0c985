import { type Matrix, windowAt } from '#domain/authority/matrix.ts'
import { above, isAtLeast, type Role, rankOf } from '#domain/authority/role.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { type Plan, softBlockers } from '#domain/rollback/plan.ts'
import { between } from '#domain/time.ts'
import type { Breach } from '../history-checker.ts'
import { breach, type Story } from './story.ts'

type Of<Kind extends RollbackEvent['kind']> = Extract<RollbackEvent, { kind: Kind }>

/** What is known of a rollback when somebody decides on it. */
interface Known {
  readonly asked: Of<'rollback_requested'> | undefined
  readonly plan: Plan | undefined
  /** Nothing less decides since its budget was spent. */
  readonly floor: Role | undefined
  /** It is decided on apart from those it was asked for with. */
  readonly isApart: boolean
}

/** I2: whoever approved held what was needed, and no less was needed than the rules say. I4: one human is one voice, and two are two where two are asked for. The rules are said here once more, apart from where they decide. */
export function people(
  story: Story,
  events: readonly Recorded<RollbackEvent>[],
): readonly Breach[] {
  const found: Breach[] = []
  let known: Known = { asked: undefined, plan: undefined, floor: undefined, isApart: false }
  let voices = new Set<string>()
  let approvedAs: Role | undefined
  for (const recorded of events) {
    const { seq, event } = recorded
    const no = (broken: 'I2' | 'I4', why: string) => found.push(breach(broken, story, seq, why))
    switch (event.kind) {
      case 'rollback_requested':
        known = { ...known, asked: event }
        break
      case 'rollback_planned':
        known = { ...known, plan: event.plan }
        voices = new Set()
        break
      case 'rollback_expired':
        voices = new Set()
        break
      case 'approval_voided':
      case 'way_left':
        known = { ...known, isApart: true }
        voices = new Set()
        break
      case 'budget_spent':
        known = { ...known, floor: (approvedAs && above(approvedAs)) ?? known.floor }
        break
      case 'automation_approved': {
        const why = whyTwoPeople(known)
        if (why) no('I4', `automation decided alone, ${why}`)
        approvedAs = event.as
        break
      }
      case 'approval_given': {
        const needed = rankNeeded(story, known, recorded)
        if (!isAtLeast(event.as, event.needed) && event.breakGlass === null)
          no('I2', `${event.as} decided where ${event.needed} was needed`)
        if (rankOf(event.needed) < Math.min(needed, vp))
          no('I2', `${event.needed} was not enough at that minute`)
        if (voices.has(event.identity)) no('I4', 'the same human was counted twice')
        if (isByTwo(known) && event.by === known.asked?.by)
          no('I4', 'the requester was counted as the second person')
        const isAboveVp = needed > vp && isAtLeast(event.as, 'vp-engineering')
        const why =
          whyTwoPeople(known) ?? (isAboveVp ? 'and the VP alone is not enough' : undefined)
        if (event.complete && voices.size === 0 && why) no('I4', `one voice decided, ${why}`)
        voices.add(event.identity)
        if (event.complete) approvedAs = event.as
        break
      }
      default:
    }
  }
  return found
}

/** The requester is one of the two. Without the database there are two approvals anyway, and one of them is another's. */
const isByTwo = ({ asked }: Known): boolean => asked?.twoPerson === true && asked.offline !== true

const vp = rankOf('vp-engineering')

/** Why two people must approve whatever the hour; `undefined` where one is enough. */
function whyTwoPeople({ asked, plan }: Known): string | undefined {
  if (asked?.offline) return 'and it was asked for without the database'
  if (asked?.twoPerson && /^(webhook|automation):/.test(asked.by))
    return 'and a machine had asked where two people are needed'
  return plan?.warnings.some(({ kind }) => kind === 'possible_loss')
    ? 'and something may be lost for good'
    : undefined
}

/** What is needed by the minute, raised by what is accepted in words and by a spent budget; above the VP's a second one decides as well, but for whoever breaks the glass. */
function rankNeeded(
  { history }: Story,
  { asked, plan, floor, isApart }: Known,
  { seq, at }: Recorded,
): number {
  const { policies, authorityStart = at } =
    incidentState(history.filter((earlier) => earlier.seq < seq)) ?? {}
  const own = plan?.warnings.some(({ kind }) => softBlockers.includes(kind)) ? 1 : 0
  const levels = Math.max(own, isApart ? 0 : (asked?.together?.levels ?? 0))
  const windows = (policies ?? []).map(({ matrix }: { readonly matrix: Matrix }) =>
    rankOf(windowAt(matrix, between(authorityStart, at)).mayAuthorize),
  )
  return Math.max(0, floor ? rankOf(floor) : 0, ...windows) + levels
}
