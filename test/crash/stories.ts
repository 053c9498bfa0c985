import type { Scene } from './scene.ts'
import type { Workload } from './workload.ts'

/** A rollback from the request to its end, as people live through it. */
export interface Story {
  readonly title: string
  readonly kind: Workload['kind']
  play(scene: Scene): Promise<void>
  /** What the cluster runs in the end. */
  readonly runs: '1.0' | '1.1' | '1.1-slow'
}

async function untilStable(scene: Scene): Promise<void> {
  await scene.happens('execution_completed')
  await scene.passes(2, 'verified')
  await scene.passes(31, 'incident_closed')
}

const recovered = (kind: Workload['kind']): Story => ({
  title: `${kind} rolled back`,
  kind,
  runs: '1.0',
  async play(scene) {
    scene.ships()
    await scene.asks()
    await scene.presses('Approve')
    await untilStable(scene)
  },
})

export const stories: readonly Story[] = [
  recovered('Deployment'),
  recovered('StatefulSet'),
  recovered('DaemonSet'),
  {
    title: 'Deployment taken back',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      await scene.answers('Undo this rollback…', 'orders need the new table')
      await scene.happens('undo_succeeded')
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'a step that fails, and is taken back',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await scene.asks()
      scene.forgets()
      await scene.presses('Approve')
      await scene.happens('progressed')
      await scene.passes(4, 'budget_spent')
      await scene.passes(10, 'step_failed')
      await scene.answers('Undo this rollback…', 'the new version serves at least some')
      await scene.happens('undo_succeeded')
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'rejected, and deploys are open again',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.happens('freeze_raised')
      await scene.answers('Reject', 'the bank is down')
      await scene.happens('freeze_lifted')
      await scene.passes(125, 'incident_closed')
    },
  },
]
