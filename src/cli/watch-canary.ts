import { isMoving, type PromotionState } from '#domain/promotion/state.ts'
import type { CanaryClick } from '#workflows/promotion/decide-promotion.ts'
import { exit, type Terminal } from './command.ts'
import type { Desk } from './desk.ts'
import { interruptions, Left } from './interruptions.ts'

/** How long nothing may be said before something is, in ms. */
const quietMs = 10_000

/** Follows the move of a canary that was just decided until it is made, or is not. Ctrl-C ends the watching, never the move. */
export async function watchCanary(
  desk: Desk,
  terminal: Terminal,
  { promotion, delivery }: CanaryClick,
): Promise<number> {
  const following = await desk.followCanary(promotion, delivery)
  const interrupted = interruptions(terminal, following, 'move')
  try {
    for (;;) {
      const { lines, state } = await Promise.race([following.next(quietMs), interrupted.leaving])
      if (!interrupted.isSilent())
        for (const line of lines.length > 0 ? lines : [`  … ${state.service} is being moved`])
          terminal.out(line)
      if (state.phase === 'approved' || isMoving(state)) continue
      terminal.out(`\n${(await desk.showCanary(promotion))?.card ?? ''}`)
      return isMade(state) ? exit.fine : exit.found
    }
  } catch (error) {
    if (!(error instanceof Left)) throw error
    terminal.out('Stopped watching; the move goes on where a server is alive.')
    return exit.fine
  } finally {
    interrupted.end()
    await following.stop()
  }
}

const isMade = ({ phase, voided }: PromotionState): boolean =>
  phase !== 'failed' && voided === undefined
