import { sourceNames } from '#domain/alerts/alert.ts'
import { inSentence, isShared } from '#domain/assessment/canary-findings.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import { isFiring, type KnownAlert } from '#domain/alerts/known-alert.ts'
import type { Sign } from '#domain/automation/decide.ts'
import { combined } from '#domain/automation/combined.ts'
import { togetherFor } from '#domain/automation/settings.ts'
import { type Fired, firedBy, isSeries, triggers } from '#domain/automation/triggers.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import { between, type Instant } from '#domain/time.ts'
import { breakerSign, seriesSign } from './series.ts'
import { saturationSigns, scoreSigns } from './weighed.ts'
import type { Delivered } from '#ports/delivery.ts'
import { compareCanary } from '#workflows/assessment/compare-canary.ts'
import type { ReadingPorts as Ports } from '#workflows/assessment/readings.ts'

interface Looking {
  readonly service: Service
  readonly running: Revision
  readonly incident: IncidentState | undefined
  readonly now: Instant
  /** What the platform shows of the instances; asked only where it weighs. */
  readonly instances: () => Promise<readonly Reading[]>
  /** What another controller says that moves its traffic; asked only where somebody wants to know. */
  readonly delivered: () => Promise<Delivered>
}

/** Every trigger of the service that fires now. What cannot be read fires nothing, and calls nothing good. */
export async function signsOf(
  ports: Ports,
  looking: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const { service } = looking
  const { automation } = service
  if (!automation) return []
  const weighing = { ...looking, limits: limitsFor(ports.policy, service.id) }
  const signs = await Promise.all(
    automation.triggers.map(async (name): Promise<readonly Sign[]> => {
      if (isSeries(name)) return seriesSign(ports, looking, name, abort)
      switch (triggers[name].of) {
        case 'canary':
          return canarySign(ports, looking, abort)
        case 'breaker':
          return breakerSign(ports, looking, abort)
        case 'saturation':
          return saturationSigns(ports, weighing, abort)
        case 'score':
          return scoreSigns(ports, weighing, abort)
        case 'alert':
          return alertSigns(looking)
        case 'pipeline':
          return pipelineSigns(looking)
        case 'delivery':
          return deliverySigns(looking)
      }
    }),
  )
  return combined(signs.flat(), automation)
}

const borderline =
  'the canary is worse, and not proved bad enough: stop its rollout, and decide whether it stays'

/** What takes a canary's traffic away is no rollback of what runs beside it. */
async function canarySign(
  ports: Ports,
  { service, now }: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  if (!service.canary) return []
  const compared = await compareCanary(ports, service, now, abort)
  const { judgement, since, source, query, from, to } = compared
  const verdict = isShared(compared) ? 'external_factor' : judgement.verdict
  if (verdict !== 'auto_rollback' && verdict !== 'external_factor' && verdict !== 'pause_and_ask')
    return []
  const isBorderline = verdict === 'pause_and_ask'
  const finding = judgement.findings.find((one) => one.verdict === verdict)
  return [
    {
      says: verdict === 'external_factor' ? 'external' : 'canary',
      ...(isBorderline ? { why: borderline } : {}),
      fired: {
        ...firedBy('canary-error-rate', {
          measured: finding?.measured ?? null,
          threshold: finding?.threshold ?? null,
          because: inSentence(finding ?? judgement),
          source,
          query,
          from,
          to,
        }),
        ...(since !== null && since > from ? { servedSince: since } : {}),
        ...(isBorderline ? { isBorderline: true } : {}),
      },
    },
  ]
}

/** Whoever moves the traffic has taken it back; there is nothing left to do but to say so. */
async function deliverySigns({ now, delivered }: Looking): Promise<readonly Sign[]> {
  const told = await delivered()
  if (told.kind !== 'told' || !told.isFailed) return []
  const { by, name, why, since, asked } = told
  return [
    {
      says: 'acted',
      why: `${by} has sent its traffic back to what served before`,
      fired: {
        ...firedBy('flagger', {
          measured: null,
          threshold: null,
          because: `${by} gave the new version up (${name})${why === undefined ? '' : `: ‘${why}’`}`,
          source: by,
          query: asked,
          from: since,
          to: now,
        }),
        servedSince: since,
      },
    },
  ]
}

/** Alerts of the open incident that ask for a rollback. */
const alertSigns = (looking: Looking): readonly Sign[] =>
  firing(looking)
    .filter(({ asks }) => asks !== null)
    .map((alert) => ({
      says: 'roll_back',
      fired: firedFor(
        'alert',
        alert,
        `fires ‘${alert.name}’ and asks for a rollback: ‘${alert.asks ?? ''}’`,
        looking,
      ),
    }))

/** A deployment or a workflow that failed. It may be that of a version that never ran: then what runs is well. */
const pipelineSigns = (looking: Looking): readonly Sign[] =>
  firing(looking)
    .filter(({ source }) => source === 'github')
    .map((alert) => ({
      says: 'ask',
      why: 'a pipeline does not say whether it failed for what runs',
      fired: firedFor('pipeline', alert, `says that ‘${alert.name}’ failed`, looking),
    }))

/** Where triggers act together only what has fired for as long as they must. */
const firing = ({ service, incident, now }: Looking): readonly KnownAlert[] =>
  (incident?.alerts ?? [])
    .filter(isFiring)
    .filter(
      ({ startsAt }) =>
        service.automation?.combine !== 'all' || between(startsAt, now) > togetherFor,
    )

const firedFor = (
  rule: 'alert' | 'pipeline',
  { alert, source, name, startsAt }: KnownAlert,
  says: string,
  { now }: Looking,
): Fired => ({
  ...firedBy(rule, {
    measured: null,
    threshold: null,
    because: `${sourceNames[source]} ${says}`,
    source: sourceNames[source],
    query: name,
    from: startsAt,
    to: now,
  }),
  alert,
})
