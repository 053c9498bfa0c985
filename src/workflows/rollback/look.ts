import { clock } from '#domain/communication/words.ts'
import type { IncidentId } from '#domain/ids.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { judgeErrorRate, judgeP95 } from '#domain/rollback/recovery.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import type { Instant } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import { brokenTimes } from '#workflows/assessment/broken-times.ts'
import { measureNormal, normalWindows } from '#workflows/assessment/normal-window.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'metrics' | 'probe' | 'catalogue' | 'executors' | 'policy' | 'timeline'>

interface Looking {
  readonly service: Service
  readonly plan: Plan
  readonly executor: Executor
  readonly incident: IncidentId
  /** When it began. */
  readonly startedAt: Instant
  /** Metrics are measured from here to `now`; before `metricsFrom` there is too little to measure. */
  readonly since: Instant
  readonly metricsFrom: Instant
  readonly now: Instant
}

/** Each part of a look may take this long; what has not answered by then is unknown. */
const lookDeadlineMs = 10_000

/** Everything there is to see after a rollback (policy §8), side by side. Throws only when it is broken off: what cannot be seen is `unknown`. */
export async function look(
  ports: Ports,
  looking: Looking,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(lookDeadlineMs)])
  const groups = await Promise.all([
    platform(looking, abort),
    also(ports, looking, abort),
    health(ports, looking, abort),
    dependents(ports, looking, abort),
    looking.now < looking.metricsFrom ? notYet(looking) : metrics(ports, looking, abort),
  ])
  // What was broken off, because this process ends, has seen nothing: that is not the same as unknown.
  signal.throwIfAborted()
  return groups.flat()
}

/** Whether what was rolled back runs and answers, and what needs it does: no figures, which tell of the incident and not of it alone. */
export async function lookAtHealth(
  ports: Pick<Ports, 'probe' | 'catalogue' | 'executors'>,
  looking: Pick<Looking, 'service' | 'plan' | 'executor'>,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(lookDeadlineMs)])
  const groups = await Promise.all([
    platform(looking, abort),
    also(ports, looking, abort),
    health(ports, looking, abort),
    dependents(ports, looking, abort),
  ])
  signal.throwIfAborted()
  return groups.flat()
}

/** Said instead of a figure that would still hold the requests of before. */
const notYet = ({ metricsFrom, service }: Looking): readonly Check[] =>
  service.signals.errorRate === undefined && service.signals.p95 === undefined
    ? []
    : [
        {
          id: 'error-rate',
          result: 'unknown',
          text: `5xx and P95: measured from ${clock(metricsFrom)} on`,
        },
      ]

async function platform(
  {
    plan,
    executor,
  }: { plan: Pick<Plan, 'target' | 'from' | 'to' | 'canary'>; executor: Executor | undefined },
  abort: AbortSignal,
): Promise<readonly Check[]> {
  try {
    if (!executor) throw new Error(`nothing here asks a ${plan.target.executor}`)
    const { promoter } = executor
    return plan.canary && promoter
      ? await promoter.verify(plan.target, { share: 0, canary: plan.from, stable: plan.to }, abort)
      : await executor.verify(plan.target, plan.to, abort)
  } catch (error) {
    return [
      {
        id: 'units',
        result: 'unknown',
        text: `${plan.target.title} did not answer: ${messageOf(error)}`,
      },
    ]
  }
}

/** What was taken back with it; and where only flags were, whether all of what runs is up. */
async function also(
  { executors }: Pick<Ports, 'executors'>,
  { plan, service }: Pick<Looking, 'plan' | 'service'>,
  abort: AbortSignal,
): Promise<readonly Check[]> {
  const parts = await Promise.all(
    (plan.also ?? []).map(async ({ target, to }): Promise<readonly Check[]> => {
      const executor = executors.get(target.executor)
      return platform({ plan: { target, to, from: to }, executor }, abort)
    }),
  )
  const [own] = service.targets
  const running = plan.running && own && own.workload !== plan.target.workload
  return [...parts.flat(), ...(running ? [await unitsOf(executors, service, 'units', abort)] : [])]
}

async function health(
  { probe }: Pick<Ports, 'probe'>,
  { service }: Pick<Looking, 'service'>,
  abort: AbortSignal,
): Promise<readonly Check[]> {
  return Promise.all(
    service.health.map(async (url): Promise<Check> => {
      const { ok, status, tookMs, why } = await probe.get(url, abort)
      const path = new URL(url).pathname
      const said = status === undefined ? (why ?? 'no answer') : String(status)
      return {
        id: 'health',
        result: ok ? 'passed' : 'failed',
        text: `${path} ${said} in ${Math.round(tookMs)} ms`,
      }
    }),
  )
}

/** Services that need this one: a rollback that breaks them is no recovery. */
async function dependents(
  ports: Pick<Ports, 'catalogue' | 'executors'>,
  { service }: Pick<Looking, 'service'>,
  abort: AbortSignal,
): Promise<readonly Check[]> {
  const needing = [...ports.catalogue.values()].filter(({ dependsOn }) =>
    dependsOn.includes(service.id),
  )
  return Promise.all(needing.map((other) => unitsOf(ports.executors, other, 'dependents', abort)))
}

async function unitsOf(
  executors: Ports['executors'],
  other: Service,
  id: 'units' | 'dependents',
  abort: AbortSignal,
): Promise<Check> {
  const target = other.targets[0]
  const executor = target && executors.get(target.executor)
  if (!target || !executor)
    return { id, result: 'unknown', text: `${other.id} cannot be looked at` }
  try {
    const { units } = await executor.observe(target, abort)
    const text = `${other.id} ${units.ready}/${units.count} ${units.noun} ready`
    return { id, result: units.ready >= units.count ? 'passed' : 'failed', text }
  } catch (error) {
    return {
      id,
      result: 'unknown',
      text: `${other.id} did not answer: ${messageOf(error)}`,
    }
  }
}

async function metrics(
  ports: Ports,
  looking: Looking,
  abort: AbortSignal,
): Promise<readonly Check[]> {
  const { service, plan, incident, startedAt, since, now } = looking
  const limits = ports.policy.rollback.verify
  const broken = await brokenTimes(ports.timeline, service.id, incident)
  const windows = normalWindows(plan.from, startedAt, broken)
  const { minRequests } = limits
  const measure = (signal: keyof SignalQueries) =>
    ports.metrics.measure(service, signal, { from: since, to: now }, abort)
  const normal = (signal: keyof SignalQueries) =>
    measureNormal(ports.metrics, { service, signal, windows, minRequests }, abort)
  const [errors, normalErrors, p95, normalP95] = await Promise.all([
    measure('errorRate'),
    normal('errorRate'),
    measure('p95'),
    normal('p95'),
  ])
  return [judgeErrorRate(errors, normalErrors, limits), judgeP95(p95, normalP95, limits)]
}
