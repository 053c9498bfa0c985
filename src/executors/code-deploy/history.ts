import { between } from '#domain/time.ts'
import { type Deployed, spansOf } from '#executors/ecs/history.ts'
import {
  type Deployment,
  isCalledOff,
  isInFlight,
  isReturn,
  reasonOf,
  wasRejected,
} from './objects.ts'
import { definitionOf, type Seen } from './seen.ts'

/** The task definitions that CodeDeploy brought, the newest first. What it took back was never a version that served on. */
export function historyOf(seen: Seen): readonly Deployed[] {
  const spans = spansOf(
    seen.deployments.flatMap((one) => {
      const definition = definitionOf(seen, one)
      const counts = one.status === 'Succeeded' || (isInFlight(one) && !isReturn(one))
      return counts && definition !== undefined
        ? [{ definition, at: one.startTime ?? one.createTime }]
        : []
    }),
  )
  const found = new Map<string, Deployed>()
  for (const one of seen.deployments) {
    const definition = definitionOf(seen, one)
    if (definition === undefined || found.has(definition)) continue
    const own = spans.filter((span) => span.definition === definition)
    const [last] = own
    const told = seen.deployments.find(
      (other) => !isCalledOff(other) && definitionOf(seen, other) === definition,
    )
    found.set(definition, {
      definition,
      since: last?.from ?? one.createTime,
      servedMicros: Math.max(
        0,
        ...own.map(({ from, until }) => (until ? between(from, until) : 0)),
      ),
      ...(told && wasRejected(told)
        ? {
            takenBack: {
              at: told.completeTime ?? told.createTime,
              because: `CodeDeploy did not finish its deployment: ${reasonOf(told)}`,
            },
          }
        : {}),
    })
  }
  return [...found.values()]
}

/** When the deployment that serves now came. */
export const sinceOf = ({ startTime, createTime }: Deployment) => startTime ?? createTime
