import { workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { KubernetesChange } from '../schema.ts'
import { placeOfWay, templateStep, type Way } from '../steps.ts'
import type { Kept } from '../kept.ts'
import { imagesOf, revisionName, runningRevision } from '../revision.ts'
import type { FlaggerLook, Primary } from './look.ts'
import { intervalOf } from './interval.ts'

/** The gate that lets Flagger take this very version back, and what it then does: its traffic first, then its pods. */
export function takenBackStep(way: Way, look: FlaggerLook, operation: string): Step {
  const { canary, checksum } = look
  const gate = {
    ...placeOfWay(way),
    canary: { name: canary.metadata.name, uid: canary.metadata.uid },
    to: way.from.id,
    checksum,
    by: `${operation} taken back`,
  }
  return {
    name: `${way.from.name} given to Flagger to take back`,
    change: {
      kind: 'open_gates',
      ...gate,
      openings: [{ gate: 'rollback', times: null }],
      // A few looks, and then some: pods that come and go can make it miss one.
      lastsMicros: Math.max(10 * intervalOf(canary), 600_000_000),
      goal: 'away',
    } satisfies KubernetesChange,
    undo: { kind: 'shut_gates', ...gate } satisfies KubernetesChange,
    settles: 'Flagger',
    undoSettles: null,
    onFailure: 'ask',
  }
}

/** What serves, by its own template: at once, and until Flagger promotes again. */
export function primaryStep(way: Way, primary: Primary, to: Kept): Step {
  const { target, workload, kept } = primary
  const { template } = workload.spec
  const step = templateStep(
    {
      ...way,
      target: {
        ...way.target,
        workload: workloadId(`${way.target.workload}-primary`),
        title: `${way.target.title}-primary`,
        spec: target,
      },
      workload,
      kept,
      from: {
        ...way.from,
        id: runningRevision(workload),
        name: revisionName(template, imagesOf(template)),
      },
      to: to.revision,
      stuck: [],
    },
    'pods',
  )
  return { ...step, name: `${target.name} restored` }
}
