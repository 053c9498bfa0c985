import { type Micros, seconds } from '#domain/time.ts'
import { kindOf } from './kinds/index.ts'
import type { Workload } from './objects.ts'
import { containersOf, objectIn } from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'
import { wantedOf } from './workload.ts'

/** Scheduling, pulling an image that the nodes mostly have, and starting; the rest is in the template. */
const startSeconds = 5

export interface Pace {
  /** How many pods change at a time. */
  readonly atATime: number
  readonly expectedMicros: Micros
  /** As the card says it: `12 pods, 25 % at a time`. */
  readonly text: string
}

/** How the platform will go about it: its own strategy, and the delays that pods of `template` have. */
export function paceOf(target: KubernetesTarget, workload: Workload, template: RawObject): Pace {
  const wanted = wantedOf(target, workload)
  const atATime = Math.min(
    Math.max(1, kindOf(target).atATime(workload, wanted)),
    Math.max(1, wanted),
  )
  const waves = Math.ceil(wanted / atATime)
  const perWave = secondsToReady(template) + (workload.spec.minReadySeconds ?? 0)
  const share = wanted > 0 ? Math.round((100 * atATime) / wanted) : 100
  const pods = `${wanted} ${wanted === 1 ? 'pod' : 'pods'}`
  return {
    atATime,
    expectedMicros: seconds(waves * perWave),
    text:
      atATime >= wanted
        ? `${pods}, all at once`
        : `${pods}, ${atATime === 1 ? 'one' : `${share} %`} at a time`,
  }
}

/** How long a pod of a template takes, in seconds. */
export function secondsToReady(template: RawObject): number {
  const perContainer = containersOf(template).map(({ raw }) =>
    ['startupProbe', 'readinessProbe'].reduce((total, name) => {
      const probe = objectIn(raw[name])
      if (Object.keys(probe).length === 0) return total
      const initial = Number(probe['initialDelaySeconds'] ?? 0)
      const successes = Number(probe['successThreshold'] ?? 1) - 1
      return total + initial + successes * Number(probe['periodSeconds'] ?? 10)
    }, 0),
  )
  return startSeconds + Math.max(0, ...perContainer)
}
