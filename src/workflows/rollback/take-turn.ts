import type { Move } from '#domain/rollback/next-move.ts'
import { lookAtHealth } from './look.ts'
import { planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'catalogue' | 'probe'>

/** One look at the one before, which has had time to settle: the next begins only when it is certainly well. */
export async function takeTurn(
  ports: Ports,
  turn: Turn,
  { before, last }: Extract<Move, { kind: 'take-turn' }>,
  signal: AbortSignal,
): Promise<void> {
  const { rollback, now } = turn
  const service = ports.catalogue.get(before.service)
  if (!service) return leave(ports, turn, `${before.service} is no longer configured`)
  const checks = await lookAtHealth(ports, { service, ...planned(ports, before) }, signal)
  if (checks.length > 0 && checks.every(({ result }) => result === 'passed'))
    await write(ports, turn, [{ kind: 'turn_taken', rollback: rollback.id, checks }])
  else if (now >= last) {
    const seen = checks.filter(({ result }) => result !== 'passed').map(({ text }) => text)
    await leave(ports, turn, `${before.service} is not known to be well: ${seen.join('; ')}`)
  }
}

/** What was not begun is not begun any more; people ask for it again when the one before is put right. */
export async function leave(
  ports: Pick<World, 'timeline' | 'policy'>,
  turn: Turn,
  why: string,
): Promise<void> {
  await write(ports, turn, [{ kind: 'rollback_left', rollback: turn.rollback.id, why }])
}
