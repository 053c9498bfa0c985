import type { Workload } from './objects.ts'

/** The controller's own statement that it gave up, if it makes one. */
export function deadlineExceeded(workload: Workload) {
  return workload.status.conditions?.find(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  )
}

/** When the template was last changed by us, to the second, if the platform says. */
export function changedByUsAt({ metadata }: Workload): number | undefined {
  const times = (metadata.managedFields ?? [])
    .filter(({ manager }) => manager === fieldManager)
    .flatMap(({ time }) => (time ? [Date.parse(time)] : []))
  return times.length > 0 ? Math.max(...times) : undefined
}

export const fieldManager = 'countermand'
