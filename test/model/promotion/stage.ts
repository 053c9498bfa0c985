import {
  deliveryId,
  incidentId,
  type PersonId,
  type PlanDigest,
  type PromotionId,
  rollbackId,
  workloadId,
} from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { instant, minutes } from '#domain/time.ts'
import type { Timeline } from '#ports/store.ts'
import type { TestReport } from '#ports/test-reports.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { aPolicy, aService, checkout, people } from '../../support/builders.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { aCanaryPlatform, withCanary } from '../../support/scripted-canary.ts'
import { aDirectory } from '../../support/scripted-world.ts'
import { counted } from '../../workflows/promotion/promoting.ts'
import type { Clock } from '../approval/room.ts'
import { executorOf } from '../automation/shop.ts'

const never = new AbortController().signal
const workload = workloadId('prod/production/deployment/checkout')

export interface Setting {
  /** Where a gate is passed, it goes on by itself. */
  readonly isAutomatic: boolean
  /** A test must have passed, and says so by webhook. */
  readonly isTested: boolean
  /** Steps of a move forward. */
  readonly parts: number
  /** A hold is a change of the platform, too. */
  readonly movesByItself: boolean
}

/** Everybody may decide here; whoever asks for the canary is on call. */
const deciders = [people.onCall, people.teamLead, people.vp] as const
export type Press = 'approve' | 'approve-old' | 'hold' | 'go-on' | 'away' | 'try-again' | 'tick'

/** A canary on its way, on a platform that only says what it did, and a record whose calls somebody may order. */
export async function aStage(record: () => Timeline, clock: Clock, setting: Setting) {
  const platform = aCanaryPlatform()
  platform.parts = setting.parts
  platform.movesByItself = setting.movesByItself
  const reports: TestReport[] = []
  /** What was done before it stood on the record. */
  const unsaid: string[] = []
  const service = aService({
    dependsOn: [],
    health: [],
    signals: { errorRate: 'q' },
    canary: counted,
    promotion: {
      ...usualPromotion,
      isAutomatic: setting.isAutomatic,
      tests: setting.isTested ? ['pre-rollout'] : [],
    },
    targets: [{ executor: 'still', workload, title: 'checkout', spec: {} }],
  })
  let ids = 0
  const aDelivery = () => deliveryId(`d${(ids += 1)}`)
  const still = {
    running: 'v2' as const,
    since: instant(clock.now() - minutes(600)),
    generation: 1,
    sick: new Set<'v1'>(),
  }
  const plain: World = {
    catalogue: new Map([[service.id, service]]),
    policy: aPolicy(),
    get timeline() {
      return record()
    },
    revisions: memoryRevisions().revisions,
    evidence: { keep: async () => ({ bytes: 0, sha256: '' }), read: async () => [] },
    assessments: { between: async () => [], ownerAsked: async () => undefined },
    tests: {
      keep: async (report) => reports.unshift(report) > 0,
      of: async (_service, most) => reports.slice(0, most),
    },
    executors: new Map([['still', executorOf(still, clock)]]),
    directory: aDirectory(),
    metrics: {
      source: 'Prometheus',
      measure: async () => ({ kind: 'not_configured' }),
      curve: async () => ({ kind: 'not_configured' }),
      counts: async () => ({ kind: 'not_configured' }),
    },
    pagers: new Map(),
    probe: { get: async () => ({ ok: true, status: 200, tookMs: 1, why: undefined }) },
    clock: { pause: async () => undefined },
    ids: {
      incident: () => incidentId(`inc-${(ids += 1)}`),
      rollback: () => rollbackId(`rb_${(ids += 1)}`),
    },
    scrub: (text) => text,
  }
  const canary = withCanary(plain, platform)
  const known: { id?: PromotionId } = {}
  const history = async (): Promise<History> => (known.id ? record().read(known.id) : [])
  const executors: World['executors'] = new Map(
    [...canary.executors].map(([kind, executor]) => [
      kind,
      {
        ...executor,
        async apply(change, operation, signal) {
          const [, leg, step] = /\.(\d+)\.(\d+)$/.exec(operation) ?? []
          const isSaid = (await history()).some(
            ({ event }) =>
              event.kind === 'canary_step_started' &&
              event.leg === Number(leg) &&
              event.step === Number(step),
          )
          if (operation.startsWith('pr-') && !isSaid) unsaid.push(operation)
          return executor.apply(change, operation, signal)
        },
      },
    ]),
  )
  // A spread would read the record once and for all.
  const world = Object.defineProperty({ ...canary, executors }, 'timeline', {
    get: record,
    enumerable: true,
  }) as World
  const flows = workflows(world)
  const request = { service: checkout, by: people.onCall, to: 100, channel: 'C1' }
  const asked = await flows.requestPromotion(request, aDelivery())
  if (asked.kind !== 'promotion') throw new Error(`not asked for, but ${asked.kind}`)
  const { id: promotion } = asked.promotion
  known.id = promotion
  const state = async () => {
    const found = promotionState(await history())
    if (!found) throw new Error('the promotion is gone')
    return found
  }
  /** Of a card that somebody has had open since the first figures stood on it. */
  let firstShown: PlanDigest | undefined
  const incidents = () => record().recentIncidents(checkout, 100)

  return {
    platform,
    unsaid,
    state,
    async work(): Promise<void> {
      await flows.advance(promotion, never)
      firstShown ??= (await state()).look?.digest
    },
    /** What stands on the card is read, and then it is pressed. */
    async press(what: Press, who: number): Promise<unknown> {
      const by: PersonId = deciders[who % deciders.length] ?? people.onCall
      const { look, turns } = await state()
      const click = { by, promotion, delivery: aDelivery() }
      switch (what) {
        case 'approve-old':
          return flows.promote({ ...click, digest: firstShown ?? ('none' as never) })
        case 'approve':
          return flows.promote({ ...click, digest: look?.digest ?? ('none' as never) })
        case 'hold':
        case 'go-on':
          return flows.holdCanary({ ...click, turn: turns }, what)
        case 'away':
          return flows.takeCanaryAway({ ...click, reason: 'orders fail on the canary' })
        case 'try-again':
          return flows.tryAgain(click)
        case 'tick':
          return flows.tickGate({
            ...click,
            item: 'complaints',
            holds: true,
            value: 'looked at the desk of the support',
          })
      }
    },
    /** A test says so by webhook. */
    report: (passed: boolean): void => {
      const version = platform.canary?.name ?? ''
      const told = {
        service: checkout,
        version,
        passed,
        value: 'ran',
        item: 'pre-rollout',
      } as const
      reports.unshift({ ...told, delivery: aDelivery() })
    },
    /** Somebody asks for a rollback of the service. */
    async rollBack(): Promise<void> {
      await flows.requestRollback(
        {
          by: people.onCall,
          service: checkout,
          to: undefined,
          reason: 'errors since the deploy',
          reasonKind: 'other',
          severity: undefined,
          since: undefined,
          notBefore: undefined,
        },
        aDelivery(),
      )
    },
    /** Everything on the record: of the canary, and of rollbacks of its service. */
    async stories() {
      const streams = [promotion, ...(await incidents())]
      return Promise.all(
        streams.map(async (incident) => ({ incident, history: await record().read(incident) })),
      )
    },
    isMoving: async () => isMoving(await state()),
  }
}
export type Stage = Awaited<ReturnType<typeof aStage>>
