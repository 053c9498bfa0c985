import { sourceNames } from '#domain/alerts/alert.ts'
import { inSentence } from '#domain/assessment/canary-findings.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { isFiring } from '#domain/alerts/known-alert.ts'
import type { Sign } from '#domain/automation/decide.ts'
import { type Fired, type Trigger, triggers } from '#domain/automation/triggers.ts'
import { brokenText } from '#domain/automation/words.ts'
import { defaultJudgePolicy } from '#domain/canary/index.ts'
import { judgeAbsolute } from '#domain/canary/judge-absolute.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { type Instant, instant, type Micros, micros, minutes, plus, seconds } from '#domain/time.ts'
import { compareCanary } from './compare-canary.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'metrics' | 'policy'>

interface Looking {
  readonly service: Service
  readonly running: Revision
  readonly incident: IncidentState | undefined
  readonly now: Instant
}

/** One reading a minute. */
const step = minutes(1)

/** Every trigger of the service that fires now. What cannot be read fires nothing, and calls nothing good. */
export async function signsOf(
  ports: Ports,
  looking: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const names = looking.service.automation?.triggers ?? []
  const signs = await Promise.all(
    names.map(async (name): Promise<readonly Sign[]> => {
      switch (triggers[name].of) {
        case 'series':
          return seriesSign(ports, looking, name, abort)
        case 'canary':
          return canarySign(ports, looking, abort)
        case 'alert':
          return alertSigns(looking, name)
      }
    }),
  )
  return signs.flat()
}

async function seriesSign(
  { metrics, policy }: Ports,
  { service, running, now }: Looking,
  rule: Trigger,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const trigger = triggers[rule]
  if (trigger.of !== 'series') return []
  const { signal, metric, warmUp } = trigger
  const limits = defaultJudgePolicy.absolute[metric]
  if (!limits) return []
  // Only what this version did counts, and only once it is warm.
  const from = startOf(running, warmUp, now, seconds(limits.sustainedSeconds))
  if (from >= now) return []
  const curve = await metrics.curve(service, signal, { from, to: now }, step, abort)
  if (curve.kind !== 'points') return []
  const values = curve.points.slice(1).map(({ value }) => value ?? Number.NaN)
  const stepSeconds = step / seconds(1)
  const judged = judgeAbsolute({ metric, stepSeconds, values }, defaultJudgePolicy)
  if (judged.verdict !== 'auto_rollback' && judged.verdict !== 'pause_and_ask') return []
  const window = { from, to: now }
  const because = brokenText(rule, { ...judged, ...limits })
  const few = await tooFew({ metrics, policy }, service, signal, window, abort)
  return [
    {
      says: judged.verdict === 'auto_rollback' && few === undefined ? 'roll_back' : 'ask',
      fired: {
        rule,
        measured: judged.measured,
        threshold: judged.threshold,
        because: few === undefined ? because : `${because}, but ${few}`,
        source: metrics.source,
        query: curve.query,
        from,
        to: now,
        delayMicros: seconds(judged.delaySeconds),
      },
    },
  ]
}

/** As many whole steps back as the rule looks at, and no further than the version has been warm. */
function startOf({ since }: Revision, warmUp: Micros, now: Instant, sustained: Micros): Instant {
  const warm = Math.floor((now - plus(since, warmUp)) / step)
  return instant(now - Math.max(0, Math.min(warm, Math.max(1, Math.ceil(sustained / step)))) * step)
}

/** What a handful of requests shows is shown to a person. */
async function tooFew(
  { metrics, policy }: Ports,
  service: Service,
  signal: keyof SignalQueries,
  window: { readonly from: Instant; readonly to: Instant },
  abort: AbortSignal,
): Promise<string | undefined> {
  if (signal !== 'errorRate' && signal !== 'p95') return undefined
  const whole = await metrics.measure(service, signal, window, abort)
  const requests = whole.kind === 'value' ? whole.requests : undefined
  const least = limitsFor(policy, service.id).minRequests
  return requests === undefined || requests >= least
    ? undefined
    : `of ${requests} requests only; fewer than ${least} prove nothing`
}

/** What takes a canary's traffic away is no rollback of what runs beside it. */
async function canarySign(
  ports: Ports,
  { service, now }: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  if (!service.canary) return []
  const { judgement, source, query, from, to } = await compareCanary(ports, service, now, abort)
  const { verdict } = judgement
  if (verdict !== 'auto_rollback' && verdict !== 'external_factor') return []
  const finding = judgement.findings.find((one) => one.verdict === verdict)
  return [
    {
      says: verdict === 'external_factor' ? 'external' : 'canary',
      fired: {
        rule: 'canary-error-rate',
        measured: finding?.measured ?? null,
        threshold: finding?.threshold ?? null,
        because: inSentence(judgement),
        source,
        query,
        from,
        to,
        delayMicros: 0,
      },
    },
  ]
}

/** Alerts of the open incident that ask for a rollback; those of a pipeline are a trigger of their own. */
const alertSigns = ({ incident, now }: Looking, rule: Trigger): readonly Sign[] =>
  (incident?.alerts ?? [])
    .filter((alert) => isFiring(alert) && alert.asks !== null)
    .filter(({ source }) => (source === 'github' ? 'pipeline' : 'alert') === rule)
    .map(({ alert, source, name, asks, startsAt }): Sign => {
      const fired: Fired = {
        rule,
        measured: null,
        threshold: null,
        because: `${sourceNames[source]} fires ‘${name}’ and asks for a rollback: ‘${asks ?? ''}’`,
        source: sourceNames[source],
        query: name,
        from: startsAt,
        to: now,
        delayMicros: micros(0),
        alert,
      }
      return { says: 'roll_back', fired }
    })
