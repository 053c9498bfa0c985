import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import { instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { preconditionOf } from './changed-since.ts'
import { apiOf, type EcsParts, nameOf } from './context.ts'
import { asRevision, type Found, othersOf } from './found.ts'
import { type Deployed, historyOf, movedWithin } from './history.ts'
import { refusalsOf } from './refusals.ts'
import { objectionsTo, remember } from './remember.ts'
import { revisionOf, shortName } from './revision.ts'
import type { EcsTarget } from './schema.ts'
import { askedRevision, readyOf, type Seen, see } from './seen.ts'
import { isInFlight, isTakenBack } from './states.ts'
import { warningsOf } from './warnings.ts'

/** With every deployment that ECS still tells of. */
export const lookAt = (
  parts: EcsParts,
  { spec }: Checked<EcsTarget>,
  signal: AbortSignal,
): Promise<Seen | undefined> => see(apiOf(parts, spec), spec, signal, { isAll: true })

/** What runs and what could run instead, by one look. Also writes every version it sees into our record, which outlives the 90 days of ECS's. */
export async function observe(
  parts: EcsParts,
  target: Checked<EcsTarget>,
  signal: AbortSignal,
  looked: Promise<Seen | undefined> = lookAt(parts, target, signal),
): Promise<Observed> {
  const api = apiOf(parts, target.spec)
  const seen = await looked
  if (!seen) throw new Error(`there is no ${nameOf(target.spec)}`)
  const blockers = refusalsOf(seen)
  if (seen.asked === '') return unknownVersion(seen, blockers)
  const deployed = await historyOf(api, seen.briefs, signal)
  const running = await runningOf(api, seen, deployed, signal)
  const others = await othersOf(parts, api, target, seen.asked, deployed, signal)
  const { service, newest } = seen
  const isCalm = !newest || !isInFlight(newest)
  const { at, orEarlier } = await remember(parts, target, {
    running,
    others,
    isHealthy:
      isCalm && service.desiredCount > 0 && readyOf(seen, seen.asked) >= service.desiredCount,
    isSinceEarlier: !running.deployed && !newest,
  })
  return {
    running: { ...running.revision, since: at, ...(orEarlier ? { orEarlier } : {}) },
    history: others.map(({ revision }) => revision),
    objections: new Map([running, ...others].flatMap(objectionsTo)),
    precondition: preconditionOf(seen),
    warnings: [...warningsOf(seen, running.revision.images), ...movedTags(seen, running)],
    blockers,
    units: {
      noun: 'tasks',
      count: seen.service.desiredCount,
      ready: seen.service.runningCount,
    },
  }
}

/** Another controller decides: what runs is not ECS's to say. */
const unknownVersion = (seen: Seen, blockers: readonly Blocker[]): Observed => ({
  running: {
    id: revisionOf(seen.service.serviceArn),
    name: 'a task set',
    images: [],
    since: instant(seen.service.createdAt ?? 0),
    orEarlier: true,
  },
  history: [],
  precondition: preconditionOf(seen),
  warnings: [],
  blockers,
  units: { noun: 'tasks', count: seen.service.desiredCount, ready: seen.service.runningCount },
})

async function runningOf(
  api: EcsApi,
  seen: Seen,
  all: readonly Deployed[],
  signal: AbortSignal,
): Promise<Found> {
  const { asked: definition, newest, service } = seen
  const described = await api.definition(definition, signal)
  const deployed = all.find((one) => one.definition === definition)
  const primary = service.deployments.find(({ status }) => status === 'PRIMARY')
  // A deployment of the same again does not make it any newer.
  const isNew = newest && isInFlight(newest) && !isTakenBack(newest) && seen.back !== definition
  const since = isNew
    ? (newest.startedAt ?? newest.createdAt)
    : (deployed?.since ?? primary?.createdAt ?? service.createdAt ?? instant(0))
  const images = askedRevision(seen) ?? deployed?.revision
  return {
    definition,
    described,
    deployed,
    revision: asRevision(definition, described, images, since),
  }
}

/** The same definition with another image behind its tag: to go back, a rollback of definitions is no way. */
const movedTags = (
  { briefs, revisions }: Seen,
  { definition, revision: { images } }: Found,
): readonly Warning[] =>
  movedWithin(briefs, revisions, { definition, images }).map(({ image, served, now }) => ({
    kind: 'platform',
    text: `${shortName(definition)} was deployed again after the tag of ${image} was moved (${served.slice(0, 19)} before, ${now.slice(0, 19)} now): if that is what broke it, move the tag back and deploy anew`,
  }))
