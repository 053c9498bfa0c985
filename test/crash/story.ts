import type { Scene } from './scene.ts'
import type { Workload } from './workload.ts'

/** A rollback from what asks for it to its end, as people live through it. */
export interface Story extends Omit<Workload, 'name'> {
  readonly title: string
  play(scene: Scene): Promise<void>
  /** What the cluster runs in the end. */
  readonly runs: '1.0' | '1.1' | '1.2' | '1.2-gone'
  /** What was changed is taken back in the end. */
  readonly isTakenBack?: true
  /** It is about a canary, and nothing is wrong: no incident comes of it. */
  readonly isCalm?: true
}

export const workloadOf = ({
  title: _title,
  play: _play,
  runs: _runs,
  isCalm: _isCalm,
  isTakenBack: _isTakenBack,
  ...workload
}: Story) => workload satisfies Omit<Workload, 'name'>

export async function untilStable(scene: Scene): Promise<void> {
  await scene.happens('execution_completed')
  await scene.passes(2, 'verified')
  await scene.passes(31, 'incident_closed')
}

/** The usual story: asked for in these words, approved by one, well, and watched until it is over. */
export async function rollsBack(scene: Scene, words?: string): Promise<void> {
  await scene.asks(words)
  await scene.presses('Approve')
  await untilStable(scene)
}

/** Asked for, approved, and after its execution taken back by whoever needs the version that was left. */
export async function isTakenBack(scene: Scene, words?: string): Promise<void> {
  await scene.asks(words)
  await scene.presses('Approve')
  await scene.happens('execution_completed')
  await scene.passes(2, 'verified')
  await takesItBack(scene, 'orders need the new table')
}

/** Somebody who has a reason takes back what was executed. */
export async function takesItBack(scene: Scene, reason: string): Promise<void> {
  const done = (await scene.kinds()).filter((kind) => kind === 'step_succeeded').length
  await scene.answers('Undo this rollback…', reason)
  // All of it: what is still being taken back when two hours pass at once has taken too long.
  await scene.happens('undo_succeeded', done)
  await scene.passes(125, 'incident_closed')
}

/** A canary that waits is promoted in one move, by somebody else than whoever asked. */
export async function isPromotedInFull(scene: Scene): Promise<void> {
  await scene.waits()
  await scene.promotes()
  await scene.happens('promotion_gate_opened')
  await scene.pressesCanary('Promote to full', 'second')
  await scene.happens('promotion_ended')
}
