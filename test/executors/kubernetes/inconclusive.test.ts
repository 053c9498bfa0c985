import { expect, test } from 'vitest'
import { workloadId } from '#domain/ids.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { instant } from '#domain/time.ts'
import type { ArgoLook } from '#executors/kubernetes/canary/argo-look.ts'
import { argoForward } from '#executors/kubernetes/canary/argo-leg.ts'
import { stepsOf } from '#executors/kubernetes/canary/argo-steps.ts'
import { passing } from '#executors/kubernetes/canary/pass-pause.ts'
import { Workload } from '#executors/kubernetes/objects.ts'
import { runningRevision } from '#executors/kubernetes/revision.ts'
import { KubernetesChange } from '#executors/kubernetes/schema.ts'

const strategy = {
  canary: {
    steps: [{ setWeight: 50 }, { analysis: { templates: [] } }, { setWeight: 75 }, { pause: {} }],
  },
}
const analysed = (status: 'Inconclusive' | 'Successful', currentStepIndex = 1) =>
  Workload.parse({
    metadata: { name: 'checkout', uid: 'u', generation: 3 },
    spec: { selector: {}, strategy, template: { spec: { containers: [] } } },
    status: {
      observedGeneration: '3',
      phase: 'Paused',
      currentPodHash: 'now',
      stableRS: 'old',
      currentStepIndex,
      pauseConditions: [{ reason: 'InconclusiveAnalysisRun', startTime: '2026-11-22T09:00:00Z' }],
      canary: { currentStepAnalysisRunStatus: { name: 'checkout-now-1', status } },
    },
  })

const spec = { cluster: 'prod', namespace: 'shop', kind: 'rollout', name: 'checkout' } as const

/** What takes the canary on from where it waits. */
function onwards(workload: Workload) {
  const revision = (name: string): Revision => ({
    id: runningRevision(workload),
    name,
    images: [],
    since: instant(0),
  })
  const [stable, canary] = [revision('v1'), revision('v2')]
  const nothing = {
    precondition: null,
    warnings: [],
    blockers: [],
    units: { noun: 'pods', count: 1, ready: 1 },
  }
  const look: ArgoLook = {
    cluster: 'c',
    workload,
    kept: [],
    observed: { running: canary, history: [], ...nothing },
    stable,
    canary,
    steps: stepsOf(workload),
    index: 1,
    state: { stable, canary, share: 50, of: 'traffic', stops: [75, 100], ...nothing },
  }
  const target = {
    executor: 'kubernetes' as const,
    workload: workloadId('prod/shop/rollout/checkout'),
    title: 'prod/shop rollout checkout',
    spec,
  }
  const [step] = argoForward(target, look, 75).steps
  const change = KubernetesChange.parse(step?.change)
  if (change.kind !== 'pass_pause') throw new Error(`it would ${change.kind}`)
  return passing(change)
}

test('an analysis that said neither yes nor no is left behind, or its step would say the same again', () => {
  const waits = analysed('Inconclusive')
  const edit = onwards(waits)

  expect(edit.isExpected(waits)).toBe(true)
  expect(edit.operations(waits)).toEqual([
    { op: 'test', path: '/status/currentPodHash', value: 'now' },
    { op: 'test', path: '/status/currentStepIndex', value: 1 },
    { op: 'test', path: '/status/pauseConditions', value: waits.status.pauseConditions },
    { op: 'remove', path: '/status/pauseConditions' },
    { op: 'add', path: '/status/controllerPause', value: false },
    { op: 'add', path: '/status/currentStepIndex', value: 2 },
  ])
  // Whoever asks once more leaves no second step behind.
  const after = analysed('Inconclusive', 2)
  expect([edit.isDone(waits), edit.isDone(after), edit.isExpected(after)]).toEqual([
    false,
    true,
    false,
  ])
})

test('any other pause is left to the controller, which goes on from there', () => {
  const waits = analysed('Successful')

  expect(
    onwards(waits)
      .operations(waits)
      .filter(({ op }) => op !== 'test'),
  ).toEqual([{ op: 'remove', path: '/status/pauseConditions' }])
})
