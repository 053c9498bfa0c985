import { isFiring } from '#domain/alerts/known-alert.ts'
import { windowInTime } from '#domain/authority/matrix.ts'
import { automationState, isOff } from '#domain/automation/state.ts'
import { automationOf } from '#domain/ids.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import type { CountdownEnd } from '#domain/rollback/events.ts'
import { between } from '#domain/time.ts'
import { strictestStart } from '#workflows/facts.ts'
import { type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'catalogue'>

/** Nobody stopped it in time: it is decided, unless what it rests on is gone. Asks nobody but the record. */
export async function endCountdown(ports: Ports, turn: Turn): Promise<void> {
  const { rollback, state, now } = turn
  const { digest, fired } = rollback
  const because = await whyStopped(ports, turn)
  if (because !== undefined || !fired || !digest) {
    const stopped = { kind: 'countdown_stopped', rollback: rollback.id, as: null } as const
    await write(ports, turn, [
      { ...stopped, because: because ?? 'switched_off', by: 'countermand' },
    ])
    return
  }
  const { matrix } = policyInForce(state, ports.policy)
  const own = { incident: turn.incident, start: state.authorityStart }
  const start = await strictestStart(ports.timeline, rollback.service, own)
  const { mayAuthorize } = windowInTime(matrix, start, now)
  await write(ports, turn, [
    {
      kind: 'automation_approved',
      rollback: rollback.id,
      rule: fired.rule,
      // Whoever could have decided at this minute: undoing it needs as much.
      as: mayAuthorize,
      digest,
      elapsedMicros: between(start, now),
      policyHash: ports.policy.hash,
    },
  ])
}

async function whyStopped(
  { timeline, catalogue }: Ports,
  { rollback, state, now }: Turn,
): Promise<CountdownEnd | undefined> {
  const service = catalogue.get(rollback.service)
  const automation = automationState(await timeline.read(automationOf(rollback.service)))
  // What happens too often is not to happen again; this one still may.
  const isOffByPeople = automation && isOff(automation, now) && automation.off?.isBreaker === false
  if (service?.automation?.mode !== 'on' || !automation || isOffByPeople) return 'switched_off'
  if (service.twoPerson) return 'two_people'
  const { alert } = rollback.fired ?? {}
  const isOver =
    alert !== undefined && !state.alerts.some((one) => one.alert === alert && isFiring(one))
  return isOver ? 'recovered' : undefined
}
