import { noMetrics } from '#metrics/none.ts'
import { rankOf, roles } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { Answer } from '#domain/communication/answer.ts'
import {
  type DeliveryId,
  deliveryId,
  incidentId,
  type IncidentId,
  type PersonId,
  personId,
  planDigest,
  revisionId,
  rollbackId,
  type RollbackId,
  serviceId,
  workloadId,
} from '#domain/ids.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { canonicalJson } from '#domain/json.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, instant, micros, plus } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import type { Timeline } from '#ports/store.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { aPolicy, aRevision, aService } from '../../support/builders.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { accepted, type Sent } from './accept.ts'
import { approvalEnds, due, minute, type Model, type Someone } from './rules.ts'

/** Moves by hand, to the microsecond. */
export interface Clock {
  now(): number
  set(to: number): Promise<void>
}

/** What goes on beside other things. */
export type Racer =
  | { readonly do: 'approve' | 'reject' | 'cancel'; readonly who: number }
  | { readonly do: 'work' }
  | { readonly do: 'pass'; readonly to: number; readonly after: number }

export interface Setting {
  /** Sees each line of the record. */
  readonly tell?: (recorded: Recorded) => void
  readonly twoPerson: boolean
  readonly soft: boolean
  readonly cast: readonly Someone[]
}

const never = new AbortController().signal
let rooms = 0

/** One service, some people, a platform on which nothing takes time; whatever happens is held against the rules. */
export function aRoom(setting: Setting, store: () => Timeline, clock: Clock) {
  const name = `room-${(rooms += 1)}-${process.pid}`
  const shippedAt = instant(clock.now() - 20 * 60 * minute)
  const service = aService({
    id: serviceId(name),
    twoPerson: setting.twoPerson,
    dependsOn: [],
    health: [],
    targets: [{ executor: 'still', workload: workloadId(name), title: name, spec: {} }],
  })
  const cast = new Map(setting.cast.map((one) => [personId(one.account), one]))
  const sent = new Map<DeliveryId, Sent>()
  const lastClick = { again: undefined as undefined | (() => Promise<Answer>), answer: '' }
  const platform = { generation: 1, whileLooked: async (): Promise<void> => undefined }
  let ids = 0
  let model: Model | undefined
  let incident: IncidentId | undefined
  let rollback: RollbackId | undefined
  let seen = 0
  let seenGeneration = 0
  let raceBegan: number | undefined
  const aDelivery = () => deliveryId(`${name}-${(ids += 1)}`)

  const parts = (): World => ({
    catalogue: new Map([[service.id, service]]),
    policy: aPolicy(),
    timeline: store(),
    revisions: memoryRevisions().revisions,
    evidence: { keep: async () => ({ bytes: 0, sha256: '' }), read: async () => [] },
    assessments: { between: async () => [], ownerAsked: async () => undefined },
    executors: new Map([['still', aStillPlatform(platform, setting.soft, shippedAt)]]),
    directory: {
      standing: async (person) => standingOf(person, cast.get(person)),
      holders: async (role) => ({ people: [1, 2].map((n) => personId(`${role}-${n}`)), down: [] }),
    },
    metrics: noMetrics,
    pagers: new Map(),
    probe: { get: async () => ({ ok: true, status: 200, tookMs: 1, why: undefined }) },
    clock: { pause: async () => undefined },
    ids: {
      incident: () => incidentId(`inc-${name}-${(ids += 1)}`),
      rollback: () => rollbackId(`rb_${name}_${(ids += 1)}`),
    },
    scrub: (text) => text,
  })
  let world = parts()
  let flows = workflows(world)

  const isVoid = ({ counted }: Model, at: number): boolean =>
    platform.generation !== seenGeneration ||
    counted.some((one) => at - one.at >= 10_000_000 && lost(one))
  const lost = ({ account, level }: Model['counted'][number]): boolean => {
    const now = cast.get(personId(account))
    if (!now || now.isOutsider) return true
    return now.level < level && !now.unsure.some((unsure) => unsure >= level)
  }

  /** Reads what was added to the record and holds it against the rules. */
  async function follow(): Promise<readonly string[]> {
    if (!incident || !model) return []
    const history = await world.timeline.read(incident)
    const added = history.slice(seen)
    seen = history.length
    for (const recorded of added) {
      setting.tell?.(recorded)
      if ('rollback' in recorded.event && recorded.event.rollback !== rollback) continue
      model = accepted(model, recorded, { sent, isVoid, since: raceBegan ?? recorded.at })
      if (recorded.event.kind === 'rollback_planned') seenGeneration = platform.generation
    }
    // The next thing happens later.
    await clock.set(clock.now() + 1)
    return added.map(({ event }) => event.kind)
  }

  async function click(who: Someone, how: Partial<Sent>, act: Act): Promise<void> {
    if (!rollback || !model) return
    const delivery = aDelivery()
    const wanted = { plan: model.plan, acknowledged: undefined, glass: undefined, ...how, who }
    sent.set(delivery, wanted)
    const by = personId(who.account)
    const of = rollback
    lastClick.again = () => act({ by, rollback: of, delivery }, wanted)
    lastClick.answer = canonicalJson(await lastClick.again())
    const added = await follow()
    const decisions = added.filter((kind) => kind !== 'policy_changed')
    if (decisions.length !== 1) throw new Error(`one click, and written was: ${added.join(', ')}`)
    const said = JSON.parse(lastClick.answer).kind
    const isRefused = decisions[0] === 'decision_refused'
    if (isRefused !== (said === 'refused')) throw new Error(`written ${decisions[0]}, said ${said}`)
  }
  type Act = (
    click: { by: PersonId; rollback: RollbackId; delivery: DeliveryId },
    how: Sent,
  ) => Promise<Answer>
  const someone = (at: number): Someone => {
    const found = [...cast.values()][at % cast.size]
    if (!found) throw new Error('nobody is there')
    return found
  }

  return {
    model: () => model,
    someone,
    service: service.id,
    timeline: () => world.timeline,
    incident: () => incident,
    follow,
    async request(who: number, sinceMinutes: number, inMinutes: number | null): Promise<void> {
      const asker = someone(who)
      if (model?.phase === 'begun') return
      const now = clock.now()
      const since = now - sinceMinutes * minute
      const notBefore = inMinutes === null ? null : now + inMinutes * minute
      const answer = await flows.requestRollback(
        {
          by: personId(asker.account),
          service: service.id,
          to: undefined,
          reason: 'errors since the deploy',
          reasonKind: 'other',
          severity: undefined,
          since: instant(since),
          notBefore: notBefore === null ? undefined : instant(notBefore),
        },
        aDelivery(),
      )
      const isOpen = ['planning', 'open', 'approved'].includes(model?.phase ?? '')
      const expected = asker.isOutsider
        ? 'may_not_request'
        : isOpen
          ? 'already_under_way'
          : 'requested'
      if (answer.kind !== expected) throw new Error(`${answer.kind} instead of ${expected}`)
      if (answer.kind !== 'requested') return
      const history = await world.timeline.read(answer.incident)
      const state = incidentState(history)
      const newest = rollbacksOf(history).at(-1)
      if (!state || newest?.digest === undefined) throw new Error('there is no proposal')
      const earlier = model && now - model.lastCall < 24 * 60 * minute ? model.start : since
      incident = answer.incident
      rollback = answer.rollback
      for (const recorded of history.slice(seen)) setting.tell?.(recorded)
      seen = history.length
      seenGeneration = platform.generation
      const first: Model = {
        phase: 'open',
        asker,
        requestedAt: now,
        notBefore,
        twoPerson: setting.twoPerson,
        soft: setting.soft,
        start: Math.min(since, earlier),
        shownStart: state.startedAt,
        plan: newest.digest,
        counted: [],
        approvedAt: 0,
        called: -1,
        lastCall: now,
        calls: 0,
      }
      if (state.authorityStart !== first.start)
        throw new Error(`counted from ${state.authorityStart} instead of ${first.start}`)
      model = { ...first, called: calledFirst(first, now) }
      await clock.set(now + 1)
    },
    approve: (who: number, how: { isStale: boolean; words?: string; glass?: string }) =>
      click(
        someone(who),
        {
          ...(how.isStale ? { plan: 'sha256:an older one' } : {}),
          acknowledged: how.words,
          glass: how.glass,
        },
        (given, { plan, acknowledged, glass }) =>
          flows.approve({
            ...given,
            digest: planDigest(plan),
            ...(acknowledged === undefined ? {} : { acknowledged }),
            ...(glass === undefined ? {} : { breakGlass: glass }),
          }),
      ),
    reject: (who: number) =>
      click(someone(who), {}, (given) => flows.reject({ ...given, reason: 'not today' })),
    cancel: (who: number) => click(someone(who), {}, (given) => flows.cancel(given)),
    /** The same request once more, as Slack sends it when it did not hear the answer. */
    async again(): Promise<void> {
      if (!lastClick.again) return
      const answer = canonicalJson(await lastClick.again())
      const added = await follow()
      if (added.length > 0) throw new Error(`written a second time: ${added.join(', ')}`)
      if (answer !== lastClick.answer) throw new Error(`${lastClick.answer}, later ${answer}`)
    },
    async moveStart(who: number, to: number) {
      if (!incident || !model) return undefined
      const now = clock.now()
      const answer = await flows.changeStart({
        incident,
        by: personId(someone(who).account),
        delivery: aDelivery(),
        startedAt: instant(to),
        reason: 'found in the logs',
      })
      const before = model
      await follow()
      return { answer: answer.kind, before, now, shippedAt }
    },
    changePlatform(): void {
      platform.generation += 1
    },
    /** Happens between a question to the platform and its answer. */
    whileLooked(happens: () => Promise<void>): void {
      platform.whileLooked = happens
    },
    changePerson(who: number, more: Partial<Someone>): void {
      const one = someone(who)
      cast.set(personId(one.account), { ...one, ...more })
    },
    /** Another process carries on, from the record alone. */
    restart(): void {
      world = parts()
      flows = workflows(world)
    },
    /** The worker's turn; afterwards nothing may be left that was due. */
    async work(): Promise<void> {
      if (!incident) return
      const now = clock.now()
      await flows.advance(incident, never)
      await follow()
      const left = model ? due(model, now) : []
      if (left.length > 0) throw new Error(`the worker rests, and left: ${left.join(', ')}`)
    },
    /** Several things at once; `during` lets them go on, one call to the record after another or as they come. */
    async race(
      racers: readonly Racer[],
      during: (going: readonly Promise<unknown>[]) => Promise<unknown>,
    ): Promise<void> {
      if (!incident || !rollback || !model) return
      const [stream, of, { plan }] = [incident, rollback, model]
      raceBegan = clock.now()
      const deliveries: DeliveryId[] = []
      const going = racers.map(async (one): Promise<unknown> => {
        if (one.do === 'work') return flows.advance(stream, never)
        if (one.do === 'pass') {
          // As far into what the others do as a few calls take.
          for (let call = 0; call < one.after; call += 1) await world.timeline.now()
          return clock.set(Math.max(clock.now(), one.to))
        }
        const delivery = aDelivery()
        deliveries.push(delivery)
        const who = someone(one.who)
        sent.set(delivery, { who, plan, acknowledged: enough, glass: undefined })
        const given = { by: personId(who.account), rollback: of, delivery }
        if (one.do === 'approve')
          return flows.approve({ ...given, digest: planDigest(plan), acknowledged: enough })
        return one.do === 'reject'
          ? flows.reject({ ...given, reason: 'not today' })
          : flows.cancel(given)
      })
      await during(going)
      await Promise.all(going)
      const written = (await world.timeline.read(stream)).flatMap(({ event }) =>
        'delivery' in event && event.delivery ? [event.delivery] : [],
      )
      for (const delivery of deliveries)
        if (written.filter((one) => one === delivery).length !== 1)
          throw new Error(`${delivery} was not written exactly once`)
      await follow()
      raceBegan = undefined
    },
    boundaries: (): readonly number[] =>
      model
        ? [
            ...[15, 30, 60].map((after) => (model?.start ?? 0) + after * minute),
            model.requestedAt + 120 * minute,
            ...(model.approvedAt > 0 ? [approvalEnds(model)] : []),
            ...(model.notBefore === null ? [] : [model.notBefore, model.notBefore + 30 * minute]),
          ]
        : [],
  }

  function calledFirst(first: Model, now: number): number {
    const planned = { at: instant(now), seq: 0, actor: 'countermand' } as const
    // As for every other plan: shown, and with it the level of that minute called.
    return accepted(
      { ...first, phase: 'planning' },
      {
        ...planned,
        event: { kind: 'rollback_planned', digest: planDigest(first.plan) } as never,
      },
      { sent, isVoid, since: now },
    ).called
  }
}
export type Room = ReturnType<typeof aRoom>

const enough = 'I know what I do'

function standingOf(person: PersonId, someone: Someone | undefined): Standing {
  if (!someone || someone.isOutsider) return { kind: 'outsider', person, why: 'guest' }
  return {
    kind: 'member',
    person,
    identity: someone.human,
    // Whoever holds a level may hold lower ones as well.
    roles: roles.filter((role) => rankOf(role) === someone.level),
    unknown: someone.unsure.flatMap((level) => {
      const role = roles[level]
      return role ? [{ role, source: 'a user group' }] : []
    }),
  }
}

/** Nothing has to be done to go back, so that time passes only where the test lets it pass. */
function aStillPlatform(
  platform: { readonly generation: number; whileLooked(): Promise<void> },
  isSoft: boolean,
  since: Instant,
): Executor {
  const version = (name: string, number: number) =>
    aRevision(name, { id: revisionId(name), number, since: plus(since, micros(number)) })
  const running = version('v2', 2)
  const good = version('v1', 1)
  return {
    kind: 'still',
    problems: () => [],
    observe: async () => ({
      running,
      history: [running, good],
      precondition: { generation: platform.generation },
      warnings: isSoft ? [{ kind: 'gitops_owner', tool: 'Argo CD', name: 'shop' }] : [],
      blockers: [],
      units: { noun: 'pods', count: 1, ready: 1 },
    }),
    route: async () => ({
      steps: [],
      collapse: [],
      collapseHow: null,
      differences: [],
      warnings: [],
      blockers: [],
      mechanism: 'deployment-undo',
      how: 'nothing',
      expectedMicros: 0,
    }),
    async changedSince({ precondition }) {
      await platform.whileLooked()
      return JSON.stringify(precondition) === JSON.stringify({ generation: platform.generation })
        ? undefined
        : 'it was changed meanwhile'
    },
    apply: async () => undefined,
    async *progress() {},
    verify: async () => [{ id: 'serving', result: 'unknown', text: 'nobody looks' }],
    evidence: async () => [],
    candidates: async () => [
      { revision: running, standing: { kind: 'unproven' } },
      { revision: good, standing: { kind: 'verified', at: since } },
    ],
    examine: async () => [],
    lookCommand: () => 'look',
  }
}
