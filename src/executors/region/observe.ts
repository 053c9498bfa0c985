import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Objection, Observed } from '#ports/executor.ts'
import {
  arrangementOf,
  endpointOf,
  namesOf,
  regionOf,
  servingOf,
  versionOf,
} from './arrangement.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { RegionProvider, Seen } from './provider.ts'
import type { RegionTarget } from './schema.ts'

/** Which regions take the requests, and which could. Also writes what it sees into our record. */
export async function observe(
  parts: RegionParts,
  target: Checked<RegionTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const provider = providerOf(parts, target.spec)
  const seen = await provider.see(target.spec.at, signal)
  if (!seen) throw new Error(`there is no ${target.title}`)
  const { spec } = target
  const serving = servingOf(seen).flatMap(({ name }) => regionOf(spec, name) ?? [])
  const running = versionOf(serving)
  const others = spec.regions
    .map(({ name }) => name)
    .filter((name) => versionOf([name]) !== running)
  const known = new Map(
    (await parts.revisions.known(target.workload)).map((one) => [one.revision, one]),
  )
  const isWell = servingOf(seen).every(({ health }) => health === 'online')
  const sighting = (regions: readonly string[]) => ({
    revision: versionOf(regions),
    name: namesOf(regions),
    template: { regions: [...regions] },
    running: false,
    healthy: false,
    servedMicros: 0,
    digests: {},
  })
  for (const other of others)
    if (!known.has(versionOf([other])))
      await parts.revisions.saw(target.workload, sighting([other]))
  const began =
    serving.length === 0
      ? undefined
      : await parts.revisions.saw(target.workload, {
          ...sighting(serving),
          running: true,
          healthy: isWell,
          ...(known.get(running)?.running ? {} : { began: { at: undefined, orEarlier: true } }),
        })
  const revision = (regions: readonly string[], since: Instant): Revision => ({
    id: versionOf(regions),
    name: namesOf(regions),
    images: [],
    since,
  })
  return {
    running: {
      ...revision(serving, began?.at ?? instant(0)),
      ...(began && !began.orEarlier ? {} : { orEarlier: true as const }),
    },
    history: others.map((name) =>
      revision([name], known.get(versionOf([name]))?.firstSeen ?? instant(0)),
    ),
    objections: new Map(others.flatMap((name) => objectionTo(provider, spec, seen, name))),
    well: new Set(
      spec.regions.flatMap(({ name, endpoint }) =>
        endpointOf(seen, endpoint)?.health === 'online' ? [versionOf([name])] : [],
      ),
    ),
    precondition: { id: seen.id, arrangement: arrangementOf(seen) },
    warnings: warningsOf(provider, spec, seen),
    blockers: blockersOf(spec, seen, serving),
    units: {
      noun: 'regions',
      count: spec.regions.length,
      ready: spec.regions.filter(({ endpoint }) => endpointOf(seen, endpoint)?.health === 'online')
        .length,
    },
  }
}

/** Why requests cannot be sent to a region now. */
function objectionTo(
  { calls }: RegionProvider,
  { regions }: RegionTarget,
  seen: Seen,
  name: string,
): readonly (readonly [Revision['id'], Objection])[] {
  const { endpoint = '' } = regions.find((one) => one.name === name) ?? {}
  const found = endpointOf(seen, endpoint)
  const missing = !found
    ? `${calls} knows no endpoint ${endpoint}`
    : found.health === 'ill'
      ? `${calls} finds its endpoint ${endpoint} ${found.says}`
      : found.health === 'unwatched'
        ? `${calls} does not watch the health of its endpoint ${endpoint} (${found.says})`
        : undefined
  return missing === undefined ? [] : [[versionOf([name]), { missing }]]
}

function warningsOf({ calls }: RegionProvider, spec: RegionTarget, seen: Seen): readonly Warning[] {
  const texts: string[] = [
    `resolvers may keep the old answer for ${seen.ttlSeconds} s, and some for longer`,
  ]
  const ill = servingOf(seen).filter(({ health }) => health !== 'online')
  const standby = seen.endpoints.find(
    ({ name, isOpen, health }) =>
      isOpen && health === 'online' && !servingOf(seen).some((one) => one.name === name),
  )
  for (const { name, says } of ill)
    texts.push(`${calls} finds ${regionOf(spec, name) ?? name} ${says}`)
  if (ill.length > 0 && standby)
    texts.push(
      `${calls} answers with ${regionOf(spec, standby.name) ?? standby.name} as long as that is so`,
    )
  if (seen.writes?.isBusy)
    texts.push(`the ${seen.writes.name} is ${seen.writes.says}: where it takes writes may change`)
  if (seen.writes?.isShared) texts.push(`every region of the ${seen.writes.name} takes writes`)
  if (seen.writes?.movesByItself)
    texts.push(`the ${seen.writes.name} may move its writes by itself in an outage`)
  const isDown = ill.length > 0 && !standby && ill.length === servingOf(seen).length
  return [
    ...(isDown ? [{ kind: 'nothing_serving' } as const] : []),
    ...texts.map((text) => ({ kind: 'platform' as const, text })),
  ]
}

function blockersOf(
  spec: RegionTarget,
  seen: Seen,
  serving: readonly string[],
): readonly Blocker[] {
  const refused = (why: string): readonly Blocker[] => [{ kind: 'unsupported', why }]
  if (!seen.isOn) return refused(`${seen.address} is switched off as a whole; switch it on first`)
  const foreign = servingOf(seen).find(({ name }) => regionOf(spec, name) === undefined)
  if (foreign)
    return refused(
      `requests go to the endpoint ${foreign.name}, which belongs to no region of this target; name its region`,
    )
  return serving.length === 0 ? refused(`no endpoint of ${seen.address} is open`) : []
}

/** What is well now needs no past: of a standby, what is seen this minute counts more than that it served once. */
export async function candidates(
  { revisions }: RegionParts,
  { workload }: Checked<RegionTarget>,
  { running, history, objections, well }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return [running, ...history].map((revision) => {
    const record = known.get(revision.id)
    const { missing } = objections?.get(revision.id) ?? {}
    const standing = well?.has(revision.id)
      ? ({ kind: 'given', because: 'found well now' } as const)
      : record?.bad
        ? ({ kind: 'bad', since: record.bad.since, because: record.bad.because } as const)
        : record?.verifiedAt === undefined
          ? ({ kind: 'unproven' } as const)
          : ({ kind: 'verified', at: record.verifiedAt } as const)
    return { revision, standing, ...(missing === undefined ? {} : { missing }) }
  })
}
