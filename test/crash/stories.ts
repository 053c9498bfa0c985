import { besideOthers } from './stories-beside-others.ts'
import { byThemselves } from './stories-by-themselves.ts'
import { elsewhere } from './stories-elsewhere.ts'
import { onAws } from './stories-on-aws.ts'
import { ofCanaries } from './stories-of-canaries.ts'
import { isTakenBack, rollsBack, type Story, untilStable } from './story.ts'
import type { Workload } from './workload.ts'

const recovered = (
  kind: Workload['kind'],
  more: Pick<Story, 'title'> & Partial<Pick<Story, 'waits'>> = { title: `${kind} rolled back` },
): Story => ({
  kind,
  runs: '1.0',
  ...more,
  async play(scene) {
    scene.ships()
    await rollsBack(scene)
  },
})

/** It goes pod by pod, and not on its own: somebody has the rest done in one move. */
const finishedAtOnce = (kind: Workload['kind']): Story => ({
  title: `${kind} finished at once`,
  kind,
  runs: '1.0',
  async play(scene) {
    scene.ships()
    await scene.asks()
    scene.holdsBack()
    await scene.presses('Approve')
    await scene.happens('progressed')
    await scene.answers('Finish at once…', 'it gets worse by the minute')
    await scene.happens('collapsed')
    scene.letsGo()
    await untilStable(scene)
  },
})

export const stories: readonly Story[] = [
  recovered('Deployment'),
  recovered('StatefulSet'),
  recovered('DaemonSet'),
  recovered('Rollout', { title: 'Rollout stopped on its way', waits: true }),
  recovered('Rollout', { title: 'Rollout that was promoted' }),
  finishedAtOnce('Deployment'),
  finishedAtOnce('DaemonSet'),
  {
    title: 'StatefulSet with a pod that never starts',
    kind: 'StatefulSet',
    runs: '1.0',
    async play(scene) {
      scene.ships('1.1-gone')
      await scene.isStuck()
      await rollsBack(scene)
    },
  },
  {
    title: 'a paused Deployment, by two people',
    kind: 'Deployment',
    twoPeople: true,
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.pauses()
      await scene.asks()
      await scene.presses('Approve', 'second')
      await untilStable(scene)
    },
  },
  {
    title: 'Deployment taken back',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await isTakenBack(scene)
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
      await scene.presses('Keep waiting')
      await scene.happens('step_failed', 2)
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
  {
    title: 'assessed, and nobody decides',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.assesses()
      await scene.passes(16, 'escalated')
      await scene.passes(125, 'rollback_expired')
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'whoever sleeps is called, and the next level when nobody decides',
    kind: 'Deployment',
    paged: true,
    runs: '1.0',
    async play(scene) {
      scene.silences()
      scene.ships()
      await scene.asks()
      await scene.happens('page_failed')
      scene.hearsAgain()
      await scene.happens('paged')
      await scene.passes(6, 'decision_overdue')
      await scene.presses('Approve')
      await scene.happens('page_acknowledged')
      await untilStable(scene)
      await scene.happens('page_resolved')
    },
  },
  {
    title: 'deploys opened by hand, planned anew and cancelled',
    kind: 'Deployment',
    runs: '1.2',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.happens('freeze_raised')
      await scene.answers('Lift freeze…', 'the mend is a deploy')
      await scene.happens('freeze_lifted')
      scene.deploys('1.2')
      await scene.presses('Approve')
      await scene.happens('rollback_planned', 2)
      await scene.presses('Cancel')
      await scene.happens('rollback_cancelled')
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'what people say on the way',
    kind: 'Deployment',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.types('note', 'the first customer called', 'note_added')
      await scene.types('correct', '1 it was the second one', 'corrected')
      await scene.types('since', '5m --reason "the first customer"', 'incident_start_changed')
      await scene.types('severity', 'high --reason "one region only"', 'severity_changed')
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      // What was never refused is not let go either.
      await scene.happens('hold_enforced')
      await scene.answers('Lift hold…', 'it is mended where it broke')
      await scene.happens('hold_released')
      await scene.types('postmortem', '', 'post_mortem_asked')
      await scene.passes(31, 'incident_closed')
    },
  },
  ...byThemselves,
  ...ofCanaries,
  ...besideOthers,
  ...elsewhere,
  ...onAws,
]
