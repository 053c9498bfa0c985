import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Role } from '#domain/authority/role.ts'
import {
  incidentId,
  type PersonId,
  revisionId,
  rollbackId,
  serviceId,
  workloadId,
} from '#domain/ids.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import type { Clock } from '#ports/clock.ts'
import type { Directory } from '#ports/directory.ts'
import { type Executor, type Progress, Superseded } from '#ports/executor.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Timeline } from '#ports/store.ts'
import { chainKey } from '#postgres/chain.ts'
import { assessments } from '#postgres/assessments.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import type { World } from '#workflows/world.ts'
import { aPolicy, aRevision, aService, aStep, people } from './builders.ts'
import type { TestDatabase } from './database.ts'

const Change = z.object({
  set: z.string(),
  expect: z.number().nullable(),
  atOnce: z.boolean(),
  /** Of what was left behind: nothing that serves is changed. */
  ofFormer: z.boolean().optional(),
})
const wanted = 12

/** A platform with one workload: it runs what was set last, moves its pods over one look at a time, and remembers each operation. */
export function aPlatform() {
  return {
    running: 'v2.3.0',
    generation: 1,
    ready: wanted,
    /** Every change that took effect, in order. */
    made: [] as string[],
    operations: new Set<string>(),
    /** No new pod becomes ready while this holds. */
    stalled: false,
    /** The next so many questions are not answered. */
    silentFor: 0,
    /** The next so many changes are made, but their answers are lost. */
    answersLost: 0,
    /** A change takes until this is resolved, or it is broken off. */
    held: undefined as PromiseWithResolvers<void> | undefined,
    brokenOff: 0,
    metricsDown: false,
    /** What a rollback leaves behind. */
    leaves: undefined as string | undefined,
    /** Where that is does not answer. */
    isFormerAway: false,
    /** What comes of taking it away, once each. */
    formerTroubles: [] as Error[],
  }
}
export type Platform = ReturnType<typeof aPlatform>

const versions = ['v2.4.0', 'v2.3.0', 'v2.2.1', 'v2.1.0']
const goods = ['v2.2.1', 'v2.1.0']

function anExecutor(platform: Platform, since: Instant): Executor {
  const version = (name: string) =>
    aRevision(name, { id: revisionId(name), number: 50 - versions.indexOf(name), since })
  const answer = () => {
    if (platform.silentFor === 0) return
    platform.silentFor -= 1
    throw new Error('connection refused')
  }
  return {
    kind: 'scripted',
    problems: () => [],
    async observe() {
      answer()
      return {
        running: version(platform.running),
        history: versions.map(version),
        precondition: { generation: platform.generation },
        warnings: [],
        blockers: [],
        units: { noun: 'pods', count: wanted, ready: platform.ready },
      }
    },
    async route(_target, observed, to) {
      const expect = platform.generation
      const set = (atOnce: boolean) => ({
        change: { set: to, expect, atOnce },
        undo: { set: observed.running.id, expect: null, atOnce: true },
        settles: 'pods',
      })
      return {
        steps: [aStep('template restored', set(false))],
        collapse: [
          aStep('all pods replaced at once', {
            ...set(true),
            change: { set: to, expect: null, atOnce: true },
          }),
        ],
        collapseHow: 'It replaces every pod at once.',
        differences: [],
        warnings: [],
        blockers: [],
        mechanism: 'deployment-undo',
        how: 'undo',
        expectedMicros: minutes(1),
        ...(platform.leaves === undefined ? {} : { leftover: leftoverNamed(platform.leaves) }),
      }
    },
    async changedSince({ from, precondition }) {
      answer()
      if (platform.running !== from.id) return `${platform.running} was deployed meanwhile`
      const isSame =
        canonicalJson(precondition) === canonicalJson({ generation: platform.generation })
      return isSame ? undefined : 'the deployment was changed meanwhile'
    },
    async apply(given, operation, signal) {
      answer()
      await sleep(20)
      if (platform.held) {
        await Promise.race([platform.held.promise, once(signal, 'abort')])
        if (signal.aborted) platform.brokenOff += 1
        signal.throwIfAborted()
      }
      if (platform.operations.has(operation)) return
      const change = Change.parse(given)
      const formerTrouble = change.ofFormer ? platform.formerTroubles.shift() : undefined
      if (formerTrouble) throw formerTrouble
      if (change.ofFormer && platform.isFormerAway) throw new Error('connection refused')
      if (change.expect !== null && change.expect !== platform.generation)
        throw new Superseded('somebody changed it')
      platform.operations.add(operation)
      platform.made.push(`${operation.replace(/^[^.]*/, '')} → ${change.set}`)
      if (change.ofFormer) return
      platform.running = change.set
      platform.generation += 1
      platform.ready = 0
      if (change.atOnce) platform.stalled = false
      if (platform.answersLost > 0) {
        platform.answersLost -= 1
        throw new Error('socket hang up')
      }
    },
    async *progress(_change, signal): AsyncGenerator<Progress> {
      while (!signal.aborted) {
        answer()
        if (!platform.stalled) platform.ready = Math.min(wanted, platform.ready + 6)
        const { ready } = platform
        if (ready === wanted) {
          yield { kind: 'settled', ready, wanted }
          return
        }
        yield { kind: 'moving', ready, wanted, note: '' }
        await sleep(2)
      }
    },
    async verify(_target, { id }) {
      answer()
      const isOut = platform.running === id && platform.ready === wanted
      return [
        { id: 'serving', result: isOut ? 'passed' : 'failed', text: `${platform.running} serves` },
      ]
    },
    async evidence(_target, bad) {
      await sleep(5)
      return [{ name: `${bad}.log`, kind: 'logs', text: 'NullPointerException' }]
    },
    async candidates(_target, observed) {
      return observed.history.map((revision) => ({
        revision,
        standing: goods.includes(revision.name)
          ? { kind: 'verified', at: since }
          : { kind: 'unproven' },
      }))
    },
    examine: async () => [],
    lookCommand: () => 'look',
  }
}

/** It goes after five minutes, and comes back when that is taken back. */
const leftoverNamed = (name: string) => {
  const own = { expect: null, atOnce: false, ofFormer: true } as const
  const step = aStep(`${name} scaled to 0`, {
    change: { set: `no ${name}`, ...own },
    undo: { set: name, ...own },
    settles: 'pods',
  })
  return { name, keptMicros: minutes(5), step }
}

/** As bad as the version that runs. */
const metricsOf = (platform: Platform): Metrics => ({
  source: 'Prometheus',
  async measure(_service, signal, { to }) {
    if (platform.metricsDown) return { kind: 'unavailable', why: 'timeout', query: 'q' }
    const isBad = !goods.includes(platform.running) && to > 0
    const values = { errorRate: isBad ? 0.06 : 0.001, p95: 0.2, throughput: 100 }
    const value = new Map<string, number>(Object.entries(values)).get(signal)
    if (value === undefined) return { kind: 'not_configured' }
    return { kind: 'value', value, requests: 20_000, query: 'q' }
  },
  curve: async () => ({ kind: 'not_configured' }),
  counts: async () => ({ kind: 'not_configured' }),
})

const roleOf = new Map<PersonId, Role>([
  [people.onCall, 'on-call-engineer'],
  [people.teamLead, 'team-lead'],
  [people.manager, 'engineering-manager'],
  [people.vp, 'vp-engineering'],
  [people.secondVp, 'vp-engineering'],
  [people.executive, 'executive'],
])

/** Holders can be changed while a test runs. */
export function aDirectory(roles = new Map(roleOf)): Directory & { readonly roles: typeof roles } {
  return {
    roles,
    async standing(person) {
      if (person === people.outsider) return { kind: 'outsider', person, why: 'guest' }
      const role = roles.get(person)
      return { kind: 'member', person, identity: person, roles: role ? [role] : [], unknown: [] }
    },
    async holders(role) {
      return { people: [...roles].flatMap(([who, held]) => (held === role ? who : [])), down: [] }
    },
  }
}

/** Waits shortly, whatever is asked: time in these tests is the database's. */
const shortly: Clock = {
  pause: (ms, signal) => sleep(Math.min(ms, 40), undefined, { signal }).catch(() => undefined),
}

let made = 0

export interface Scene {
  readonly world: World
  readonly service: Service
  readonly platform: Platform
  readonly directory: ReturnType<typeof aDirectory>
}

/** A world of its own – service, workload, people – on the file's database. `through` stands between the workflows and the record. */
export async function aScene(
  database: TestDatabase,
  more: Partial<Service> = {},
  through: (inner: Timeline) => Timeline = (inner) => inner,
): Promise<Scene> {
  made += 1
  const name = `checkout-${made}`
  const store = timeline(database.pools.work, [
    chainKey('a test key of more than thirty-two characters'),
  ])
  const now = await store.now()
  const platform = aPlatform()
  const directory = aDirectory()
  const service = aService({
    id: serviceId(name),
    dependsOn: [],
    health: [],
    signals: { errorRate: 'q', p95: 'q' },
    targets: [{ executor: 'scripted', workload: workloadId(name), title: name, spec: {} }],
    ...more,
  })
  let ids = 0
  const world: World = {
    catalogue: new Map([[service.id, service]]),
    policy: aPolicy(),
    timeline: through(store),
    revisions: revisions(database.pools.work),
    evidence: evidenceLocker(database.pools.work),
    assessments: assessments(database.pools.work),
    executors: new Map([['scripted', anExecutor(platform, instant(now - minutes(10)))]]),
    directory,
    metrics: metricsOf(platform),
    pagers: new Map(),
    probe: { get: async () => ({ ok: true, status: 200, tookMs: 1, why: undefined }) },
    clock: shortly,
    ids: {
      incident: () => incidentId(`inc-${name}-${(ids += 1)}`),
      rollback: () => rollbackId(`rb_${name}_${(ids += 1)}`),
    },
    scrub: (text) => text,
  }
  return { world, service, platform, directory }
}
