import type { Role } from '#domain/authority/role.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { required, windowInTime } from '#domain/authority/matrix.ts'
import { raiseOf } from '#domain/rollback/raise.ts'
import { type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy'>

/** A request nobody decided on, or an approval nobody acted on, ends (policy §2). */
export async function expire(
  ports: Ports,
  turn: Turn,
  what: 'request' | 'approval' | 'schedule',
): Promise<void> {
  await write(ports, turn, [{ kind: 'rollback_expired', rollback: turn.rollback.id, what }])
}

/** People have to choose, and nobody has: whoever decides at this minute is called again. */
export async function remind(ports: Ports, turn: Turn): Promise<void> {
  const { rollback } = turn
  const to = decidesNow(ports, turn)
  await write(ports, turn, [{ kind: 'reminded', rollback: rollback.id, to }])
}

/** The window passed with the request open: the next level is asked. */
export async function escalate(ports: Ports, turn: Turn): Promise<void> {
  const { rollback } = turn
  const to = decidesNow(ports, turn)
  await write(ports, turn, [{ kind: 'escalated', rollback: rollback.id, to, because: 'window' }])
}

function decidesNow({ policy }: Ports, { rollback, state, now }: Turn): Role {
  const { matrix } = policyInForce(state, policy)
  return required(windowInTime(matrix, state.authorityStart, now), raiseOf(rollback)).role
}
