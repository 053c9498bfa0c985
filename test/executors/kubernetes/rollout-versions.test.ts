import { describe, expect, test } from 'vitest'
import type { Kept } from '#executors/kubernetes/kept.ts'
import { kindOf } from '#executors/kubernetes/kinds/index.ts'
import { asKept } from '#executors/kubernetes/kinds/rollout-replica-sets.ts'
import { Workload } from '#executors/kubernetes/objects.ts'
import { revisionOf } from '#executors/kubernetes/revision.ts'
import type { RawObject } from '#executors/kubernetes/schema.ts'
import { isLagging } from '#executors/kubernetes/workload.ts'

/** As it is written into a Rollout, and as the API server completes it in a ReplicaSet. */
const written = (image: string, env: object = { name: 'MODE', value: 'fast' }): RawObject => ({
  metadata: { labels: { app: 'checkout' } },
  spec: { containers: [{ name: 'app', image, env: [env as RawObject] }] },
})
const completed = (image: string, env: object = { name: 'MODE', value: 'fast' }): RawObject => ({
  metadata: { labels: { app: 'checkout' } },
  spec: {
    restartPolicy: 'Always',
    containers: [
      {
        name: 'app',
        image,
        env: [env as RawObject],
        terminationMessagePath: '/dev/termination-log',
      },
    ],
  },
})

const kept = (hash: string, template: RawObject): Kept => ({
  revision: revisionOf(template),
  template,
  number: 1,
  metadata: { name: `checkout-${hash}`, uid: hash },
  hashLabel: 'rollouts-pod-template-hash',
  hashes: [hash],
  available: 2,
  isRetiring: false,
  isObserved: true,
})
const old = kept('old', completed('checkout:1'))
const now = kept('now', completed('checkout:2'))

const rollout = (template: RawObject | undefined, currentPodHash: string, observed = '7') =>
  Workload.parse({
    metadata: { name: 'checkout', uid: 'u', generation: 7 },
    spec: { selector: {}, ...(template ? { template } : {}) },
    status: { observedGeneration: observed, currentPodHash },
  })

test('a DaemonSet is out when every pod is of the new template, however many are available', () => {
  const { isOut } = kindOf({ kind: 'daemonset' })
  const at = (updatedNumberScheduled: number, numberAvailable: number) =>
    Workload.parse({
      metadata: { name: 'agent', uid: 'u', generation: 2 },
      spec: { selector: {}, template: written('agent:2') },
      status: {
        observedGeneration: 2,
        desiredNumberScheduled: 3,
        updatedNumberScheduled,
        numberAvailable,
      },
    })

  // With a surge the pods of the version before are available until the last one goes.
  expect([at(1, 3), at(3, 2), at(3, 3)].map((one) => isOut(one, 3))).toEqual([false, false, true])
})

test('a Rollout is out when what is asked for is what it calls stable, and not by the word Healthy alone', () => {
  const { isOut } = kindOf({ kind: 'rollout' })
  const at = (phase: string, stableRS?: string) =>
    Workload.parse({
      metadata: { name: 'checkout', uid: 'u', generation: 2 },
      spec: { selector: {}, template: written('checkout:2') },
      status: {
        observedGeneration: '2',
        phase,
        updatedReplicas: 3,
        currentPodHash: 'now',
        ...(stableRS ? { stableRS } : {}),
      },
    })

  const all = [at('Healthy', 'old'), at('Healthy'), at('Paused', 'now'), at('Healthy', 'now')]

  expect(all.map((one) => isOut(one, 3))).toEqual([false, false, false, true])
})

describe('the version of a Rollout', () => {
  test('is the one of its ReplicaSet, whose template the API server has completed', () => {
    const seen = asKept(rollout(written('checkout:2'), 'now'), [now, old])

    expect(seen.spec.template).toEqual(now.template)
    expect(isLagging(seen)).toBe(false)
  })

  test.each([
    ['another image', written('checkout:3')],
    ['another variable', written('checkout:2', { name: 'MODE', value: 'slow' })],
    ['an older copy put back', completed('checkout:1')],
  ])(
    'is not known by a generation that counts as observed while the hash is the one before: %s',
    (_, template) => {
      const seen = asKept(rollout(template, 'now'), [now, old])

      expect(seen.spec.template).toEqual(template)
      expect(isLagging(seen)).toBe(true)
    },
  )

  test('that was put back from a copy is known by that copy', () => {
    const seen = asKept(rollout(completed('checkout:1'), 'old'), [now, old])

    expect(revisionOf(seen.spec.template)).toBe(old.revision)
    expect(isLagging(seen)).toBe(false)
  })

  test('whose template lives elsewhere is the one that runs', () => {
    expect(asKept(rollout(undefined, 'now'), [now, old]).spec.template).toEqual(now.template)
  })

  test('is not looked for before its generation, a text, is observed', () => {
    const before = rollout(written('checkout:2'), 'old', '6')

    expect(asKept(before, [now, old])).toBe(before)
    expect(isLagging(before)).toBe(true)
  })
})
