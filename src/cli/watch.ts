import { phaseWords } from '#domain/communication/phase-words.ts'
import type { DeliveryId, RollbackId } from '#domain/ids.ts'
import { type Phase, restingPhases } from '#domain/rollback/phase.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { exit, type Terminal } from './command.ts'
import type { Desk } from './desk.ts'
import { interruptions, Left } from './interruptions.ts'

/** How long nothing may be said before something is, in ms. */
const quietMs = 10_000

/**
 * Follows a rollback, from what was `decided` or from now on, until people must decide or it has been verified. Ctrl-C ends the watching, never the rollback: where this
 * process carries it out itself it goes on to the end, and a second Ctrl-C leaves it as it stands.
 */
export async function watch(
  desk: Desk,
  terminal: Terminal,
  rollback: RollbackId,
  decided?: DeliveryId,
): Promise<number> {
  const following = await desk.follow(rollback, decided)
  const interrupted = interruptions(terminal, following, 'rollback')
  try {
    for (;;) {
      const { lines, state } = await Promise.race([following.next(quietMs), interrupted.leaving])
      if (!interrupted.isSilent())
        for (const line of lines.length > 0 ? lines : [stillWords(state)]) terminal.out(line)
      if (!isOver(state.phase)) continue
      const code = await ending(desk, terminal, state)
      const next = await nextOf(desk, state)
      if (!next || state.phase === 'awaiting_approval') return code
      await following.stop()
      return await watch(desk, terminal, next)
    }
  } catch (error) {
    if (!(error instanceof Left)) throw error
    terminal.out(
      following.isCarrying()
        ? `Left as it stands. No server is alive: countermand status shows it, and countermand watch ${rollback} carries it on.`
        : `Stopped watching; the rollback goes on. To look again: countermand watch ${rollback}`,
    )
    return exit.fine
  } finally {
    interrupted.end()
    await following.stop()
  }
}

/** Of several, the one after it. */
async function nextOf(
  desk: Desk,
  { id, together }: RollbackState,
): Promise<RollbackId | undefined> {
  const all = together ? ((await desk.show(id))?.together ?? []) : []
  return all[all.findIndex((one) => one.id === id) + 1]?.id
}

const isOver = (phase: Phase): boolean =>
  phase === 'watching' || phase === 'awaiting_approval' || restingPhases.includes(phase)

const stillWords = (state: RollbackState): string =>
  `  … ${state.service} is ${phaseWords(state.phase)}${state.progress ? `: ${state.progress.ready} of ${state.progress.wanted} ready` : ''}`

async function ending(
  desk: Desk,
  terminal: Terminal,
  { id, phase }: RollbackState,
): Promise<number> {
  const shown = await desk.show(id)
  terminal.out(`\n${shown?.card ?? ''}`)
  return phase === 'watching' || phase === 'stable' || phase === 'undone' ? exit.fine : exit.found
}
