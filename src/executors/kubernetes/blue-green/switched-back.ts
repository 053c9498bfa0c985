import type { Check } from '#domain/rollback/verification.ts'
import type { Goal } from '#ports/executor.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import { imagesOf, objectIn, revisionName, runningRevision } from '../revision.ts'
import { fieldManager } from '../rollout.ts'
import type { Colours } from './colours.ts'

/** That the Service sends its requests past the colour that has the wanted version, and who wrote that; `undefined` where it does not. */
export function switchedBack(found: Colours, { id }: Pick<Goal, 'id'>): Check | undefined {
  const { service, active, idle } = found
  const waiting = [runningRevision(idle.workload), promotedRevision(active.workload, idle.workload)]
  const serving = [
    runningRevision(active.workload),
    promotedRevision(idle.workload, active.workload),
  ]
  if (serving.includes(id) || !waiting.includes(id)) return undefined
  const { template } = active.workload.spec
  const writers = selectedBy(found)
  const by = writers.length > 0 ? `; ${writers.join(' and ')} wrote that` : ''
  return {
    id: 'serving',
    result: 'failed',
    text: `Service ${service.metadata.name} selects ${active.spec.name} (${revisionName(template, imagesOf(template))}) instead of ${idle.spec.name}${by}`,
  }
}

/** Everybody but us who has written what the Service selects, as the API server noted it: a selector is one value, of whoever wrote it last. */
function selectedBy({ service: { metadata } }: Colours): readonly string[] {
  const managers = (metadata.managedFields ?? []).flatMap(({ manager, fieldsV1 }) => {
    const isWriter = 'f:selector' in objectIn(fieldsV1?.['f:spec'])
    return manager !== undefined && manager !== fieldManager && isWriter ? [manager] : []
  })
  return [...new Set(managers)]
}
