import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Objection, Observed } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { preconditionOf, templateOf } from './changed-since.ts'
import { apiOf, type EcsParts, nameOf } from './context.ts'
import { asRevision, type Found, othersOf } from './found.ts'
import { type Deployed, historyOf, movedWithin } from './history.ts'
import { refusalsOf } from './refusals.ts'
import { revisionOf, shortName } from './revision.ts'
import type { EcsTarget } from './schema.ts'
import { askedRevision, readyOf, type Seen, see } from './seen.ts'
import { isInFlight, isTakenBack } from './states.ts'
import { warningsOf } from './warnings.ts'

/** What runs and what could run instead. Also writes every version it sees into our record, which outlives the 90 days of ECS's. */
export async function observe(
  parts: EcsParts,
  target: Checked<EcsTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const api = apiOf(parts, target.spec)
  const seen = await see(api, target.spec, signal, { isAll: true })
  if (!seen) throw new Error(`there is no ${nameOf(target.spec)}`)
  const blockers = refusalsOf(seen)
  if (seen.asked === '') return unknownVersion(seen, blockers)
  const deployed = await historyOf(api, seen.briefs, signal)
  const running = await runningOf(api, seen, deployed, signal)
  const others = await othersOf(parts, api, target, seen, deployed, signal)
  const began = await remember(parts, target, seen, [running, ...others])
  const { at, orEarlier } = began ?? { at: running.revision.since, orEarlier: false }
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

/** What ECS itself says against going to a version. */
function objectionsTo({
  definition,
  described,
  deployed,
  revision,
}: Found): readonly (readonly [Revision['id'], Objection])[] {
  const missing =
    described?.status === 'ACTIVE'
      ? undefined
      : described
        ? `its task definition ${shortName(definition)} is ${described.status}: register it once more, and deploy what that makes`
        : `its task definition ${shortName(definition)} was deleted`
  const bad = deployed?.takenBack
  if (missing === undefined && bad === undefined) return []
  return [
    [
      revision.id,
      {
        ...(missing === undefined ? {} : { missing }),
        ...(bad ? { bad: { since: bad.at, because: bad.because } } : {}),
      },
    ],
  ]
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

/** Answers since when it has run, by our record and ECS's dates. */
async function remember(
  { revisions }: EcsParts,
  { workload }: Checked<EcsTarget>,
  seen: Seen,
  [running, ...others]: readonly Found[],
) {
  const { service, newest } = seen
  const isCalm = !newest || !isInFlight(newest)
  const ready = readyOf(seen, seen.asked)
  const sighting = ({ definition, deployed, revision: { id, name, images } }: Found) => ({
    revision: id,
    name,
    template: templateOf(definition),
    running: false,
    healthy: false,
    servedMicros: deployed?.servedMicros ?? 0,
    digests: Object.fromEntries(
      images.flatMap(({ container, digest }) => (digest ? [[container, digest]] : [])),
    ),
  })
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  for (const one of others) {
    const record = known.get(one.revision.id)
    if (!record || record.servedMicros < (one.deployed?.servedMicros ?? 0))
      await revisions.saw(workload, sighting(one))
  }
  if (!running) return undefined
  return revisions.saw(workload, {
    ...sighting(running),
    running: true,
    healthy: isCalm && service.desiredCount > 0 && ready >= service.desiredCount,
    began: { at: running.revision.since, orEarlier: !running.deployed && !newest },
  })
}
