import { isOvertaken } from '#domain/promotion/decide.ts'
import type { Look, PromotionEvent } from '#domain/promotion/events.ts'
import { gateCall, itemsOf, verdictAt, whyNotByItself } from '#domain/promotion/gate.ts'
import { isAsFarAsAsked, type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { isSameJson } from '#domain/json.ts'
import { between, type Instant, minutes } from '#domain/time.ts'
import type { History } from '#domain/incident/events.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { isVersion } from '#domain/promotion/version.ts'
import { recordedAfter } from '#workflows/record.ts'
import { lookAtCanary, type Platform, promoterOf } from './look.ts'
import { minRequestsOf } from './record.ts'
import { aboutOf, append, type CanaryTurn } from './canary-turn.ts'
import { whyEnded } from './why-ended.ts'
import type { World } from '#workflows/world.ts'

/** What does not change is written down this often all the same, so that a card's figures are not old. */
const writeEvery = minutes(5)

/** One look at a canary that stands at a step: what changed is written down, whoever must decide is called, and it goes on by itself where that is configured. */
export async function followCanary(
  world: World,
  turn: CanaryTurn,
  signal: AbortSignal,
): Promise<void> {
  const { state, now } = turn
  const service = world.catalogue.get(state.service)
  const platform = promoterOf(world, state.target)
  const about = aboutOf(state)
  if (!service || !platform)
    return end(world, turn, `${state.service} is no longer configured to be promoted`)
  if (state.phase === 'failed') return followFailed(world, turn, platform, signal)
  const look = await lookAtCanary(world, platform, service, state, now, signal).catch(whyGone)
  if (typeof look === 'string') return end(world, turn, look)
  const ended = await whyEnded(world, state, look.canary)
  if (ended !== undefined) return end(world, turn, ended)
  if (!('figures' in look)) return
  const minRequests = minRequestsOf(world.policy, service.id)
  const seen: readonly PromotionEvent[] = isNews(state, look, minRequests, now)
    ? [{ kind: 'promotion_looked', ...about, look }]
    : []
  const said = await testsOf(world, state, look.canary)
  const events = [...seen, ...said, ...following(world, turn, [...seen, ...said], minRequests)]
  if (events.length > 0) await append(world, turn, events)
}

/** What is not there is not there at the next look either. */
function whyGone(error: unknown): string {
  if (error instanceof TargetGone) return error.message
  throw error
}

async function end(world: World, turn: CanaryTurn, why: string): Promise<void> {
  const about = aboutOf(turn.state)
  await append(world, turn, [{ kind: 'promotion_ended', ...about, outcome: 'gone', why }])
}

/** Nothing is tried again by itself. Over where somebody else has brought it to its end; decided anew where what was approved says nothing of it any more. */
async function followFailed(
  world: World,
  turn: CanaryTurn,
  { promoter }: Platform,
  signal: AbortSignal,
): Promise<void> {
  const { state, now } = turn
  const { look, leg, failure, target } = state
  const about = aboutOf(state)
  const canary = await promoter.canary(target, signal).catch(whyGone)
  const ended = typeof canary === 'string' ? canary : await whyEnded(world, state, canary)
  if (ended !== undefined) return end(world, turn, ended)
  if (isOvertaken(state, now)) {
    const why = 'it failed, and the figures that it was approved on are older than ten minutes'
    await append(world, turn, [{ kind: 'promotion_stopped', ...about, why }])
    return
  }
  // Of what may have been changed by the move itself nothing can be told.
  const isUntouched = leg?.at === 0 && failure?.changed === 'nothing' && leg.goal.share > 0
  if (!isUntouched || leg.isHold || !look) return
  const why = await promoter.changedSince(target, look.canary.precondition, signal)
  if (why !== undefined) await append(world, turn, [{ kind: 'promotion_voided', ...about, why }])
}

/** What tests have said of this very version since it was looked at last; of each test the newest counts. */
async function testsOf(
  { tests }: Pick<World, 'tests'>,
  state: PromotionState,
  { canary }: Look['canary'],
): Promise<readonly PromotionEvent[]> {
  const { settings, service } = state
  if (!tests || !canary || settings.tests.length === 0) return []
  const reports = (await tests.of(service, mostReports)).filter(({ version }) =>
    isVersion(canary, version),
  )
  return settings.tests.flatMap((item): readonly PromotionEvent[] => {
    const report = reports.find((one) => one.item === item)
    if (!report || report.delivery === state.tests[item]?.delivery) return []
    const { passed, value, delivery } = report
    return [
      {
        kind: 'promotion_tested',
        ...aboutOf(state),
        item,
        passed,
        source: 'tests',
        value,
        delivery,
      },
    ]
  })
}
const mostReports = 50

function isNews(state: PromotionState, look: Look, minRequests: number, now: Instant): boolean {
  const before = state.look
  if (!before || between(before.figures.at, now) >= writeEvery) return true
  // What goes on by itself goes by what is seen now.
  if (whyNotByItself(state, minRequests, now) === undefined) return true
  const { canary, next, blocked } = look
  if (canary.share !== before.canary.share || !isSameJson(canary.units, before.canary.units))
    return true
  if (!isSameJson(canary.precondition, before.canary.precondition)) return true
  if (next?.share !== before.next?.share || !isSameJson(blocked, before.blocked)) return true
  const states = (seen: Look) =>
    itemsOf({ ...state, look: seen }, minRequests).map(({ item, state: is }) => [item, is])
  return !isSameJson(states(look), states(before))
}

/** Who is called because of what is known now; once for each at a step. */
function following(
  world: Pick<World, 'policy'>,
  { state: before, history, now }: CanaryTurn,
  seen: readonly PromotionEvent[],
  minRequests: number,
): readonly PromotionEvent[] {
  const added: History = recordedAfter(history, seen, { now, actor: 'countermand' })
  const state = promotionState([...history, ...added]) ?? before
  const { called, held, look, step } = state
  if (!look) return []
  const about = aboutOf(state)
  const verdict = verdictAt(state, minRequests, now)
  if (verdict.kind === 'missed') {
    const { advice, because } = verdict
    return called.includes(advice)
      ? []
      : [{ kind: 'promotion_gate_missed', ...about, at: step.share, advice, because }]
  }
  // Held, nothing goes on; that it has gone bad is said all the same.
  if (held) return []
  if (look.next && whyNotByItself(state, minRequests, now) === undefined)
    return [
      {
        kind: 'promotion_advanced',
        ...about,
        digest: look.digest,
        share: look.next.share,
        policyHash: world.policy.hash,
      },
    ]
  const call = isAsFarAsAsked(state) ? undefined : gateCall(state, minRequests, now)
  if (!call || called.includes(call.kind)) return []
  const unmeasured = call.kind === 'unmeasured' ? { unmeasured: call.items } : {}
  return [{ kind: 'promotion_gate_opened', ...about, at: step.share, ...unmeasured }]
}
