import fc from 'fast-check'
import { required, windowAt } from '#domain/authority/matrix.ts'
import { isMachine, machineOf } from '#domain/alerts/alert.ts'
import { noticesFor } from '#domain/communication/notices.ts'
import { deliveryId, incidentId, planDigest, rollbackId, workloadId } from '#domain/ids.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { type Instant, minutes, plus, seconds, toDate } from '#domain/time.ts'
import { noticeKey } from '#postgres/timeline/notice-key.ts'
import { aPlan, approvedBy, aPolicy, aStep, at, declared, people, requested } from '../builders.ts'
import type { Asked, SlackLog } from '../history-checker.ts'

/** A run before its timelines are chained. */
export interface Draft {
  readonly stories: readonly {
    readonly incident: string
    readonly events: readonly Pick<Recorded, 'at' | 'actor' | 'event'>[]
  }[]
  readonly cluster: readonly Asked[]
  readonly slack: SlackLog
}

const endings = ['recovered', 'undone', 'retried', 'voided', 'expired', 'rejected'] as const
const Choice = fc.record({
  ending: fc.constantFrom(...endings),
  /** Minutes between the beginning of the incident and the approval. */
  waits: fc.integer({ min: 0, max: 90 }),
  sameWorkload: fc.boolean(),
  twoPerson: fc.boolean(),
  /** A machine asks for it, and not a person. */
  machine: fc.boolean(),
  /** Asked for while the database was away. */
  offline: fc.boolean(),
  /** What whoever approves accepts in words: one level more, and from the VP on a second one. */
  accepts: fc.constantFrom('nothing', 'loss', 'marked bad'),
  freezes: fc.boolean(),
  saysWhat: fc.boolean(),
})
type Choice = typeof Choice extends fc.Arbitrary<infer Value> ? Value : never

/** Runs as a faultless product leaves them behind: one incident or several, one after the other. */
export const goodRuns: fc.Arbitrary<Draft> = fc
  .array(Choice, { minLength: 1, maxLength: 4 })
  .map((choices) => choices.reduce(withStory, { stories: [], cluster: [], slack: silence }))

const silence: SlackLog = { messages: [], asked: [], answered: [] }
const begin = at('14:00:00')
const steps = [
  aStep('template restored', {
    settles: 'pods',
    change: { kind: 'set_template' },
    undo: { kind: 'set_template' },
  }),
  aStep('rollout resumed', { change: { kind: 'set_paused' }, undo: { kind: 'set_paused' } }),
]

function withStory(run: Draft, choice: Choice, index: number): Draft {
  const incident = incidentId(`inc-${index}`)
  const { saysWhat } = choice
  const told = tell(choice, index, run.stories.at(-1)?.events.at(-1)?.at ?? begin)
  const events = told.events
  const history = events.map((recorded, place) => ({ ...recorded, seq: place + 1 }))
  const keys = history.flatMap((recorded) =>
    noticesFor(recorded, history, aPolicy().matrix).map((notice, place) =>
      noticeKey(notice, incident, recorded.seq, place),
    ),
  )
  const asked = events.flatMap(({ event }) =>
    'delivery' in event && 'by' in event && !isMachine(event.by ?? '')
      ? [{ by: String(event.by), id: String(event.delivery) }]
      : [],
  )
  return {
    stories: [...run.stories, { incident, events }],
    cluster: [...run.cluster, ...told.writes],
    slack: {
      messages: [...run.slack.messages, ...[...new Set(keys)].map((key) => ({ key }))],
      asked: [...run.slack.asked, ...asked.map((one) => ({ ...one, acknowledged: true }))],
      answered: [
        ...run.slack.answered,
        // Some ways to answer do not say what is answered.
        ...asked.map(({ by, id }) => (saysWhat ? { to: by, of: id } : { to: by })),
      ],
    },
  }
}

const accepted: Readonly<Record<Choice['accepts'], Plan['warnings']>> = {
  nothing: [],
  loss: [{ kind: 'possible_loss', text: 'writes may be lost' }],
  'marked bad': [{ kind: 'marked_bad', revision: 'v2.2.1', because: 'it failed' }],
}
const voices = {
  first: { by: people.teamLead, identity: 'lead@shop.example' },
  second: { by: people.secondVp, identity: 'second@shop.example' },
} as const

/** One incident from the alarm to its end, on a clock that moves with every event. */
function tell(
  { ending, waits, sameWorkload, twoPerson, machine, offline, accepts, freezes }: Choice,
  index: number,
  after: Instant,
) {
  const rollback = rollbackId(`rb_${index}`)
  const workload = workloadId(`prod/production/deployment/${sameWorkload ? 'shared' : index}`)
  const events: Draft['stories'][number]['events'][number][] = []
  const writes: Asked[] = []
  let now = plus(after, seconds(1))
  const startedAt = now
  const log = (more: TimelineEvent) => events.push({ at: now, actor: 'countermand', event: more })
  const say = (...more: readonly TimelineEvent[]) => {
    now = plus(now, seconds(1))
    more.forEach(log)
  }
  const write = (operation: string | undefined, path = `deployments/${workload}`) => {
    now = plus(now, seconds(1))
    writes.push({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/production/${path}`,
      query: '',
      body: operation && [
        { op: 'add', path: '/metadata/annotations/countermand.dev~1operation', value: operation },
      ],
      status: 200,
      at: toDate(now),
    })
  }
  const click = (name: string) => deliveryId(`d-${index}-${name}`)
  const plan = (version: number) => {
    say({
      kind: 'rollback_planned',
      rollback,
      plan: aPlan({ steps, warnings: accepted[accepts], freezes: true }),
      digest: planDigest(`sha256:${version}`),
    })
    return planDigest(`sha256:${version}`)
  }
  const approve = (digest: ReturnType<typeof planDigest>, name: string) => {
    const voice = (by: keyof typeof voices, complete: boolean) => {
      now = plus(now, seconds(1))
      const elapsedMicros = now - startedAt
      const { role, coApprover } = required(windowAt(aPolicy().matrix, elapsedMicros), {
        atLeast: undefined,
        levels: accepts === 'nothing' ? 0 : 1,
      })
      const isOfTwo = (twoPerson && machine) || offline || accepts === 'loss' || coApprover
      log(
        approvedBy({
          rollback,
          digest,
          elapsedMicros,
          ...voices[by],
          as: role,
          needed: role,
          complete: complete || !isOfTwo,
          acknowledged: accepts === 'nothing' ? null : 'it is known',
          breakGlass: offline ? 'the database is away' : null,
          delivery: click(`${name} of the ${by}`),
        }),
      )
      return !isOfTwo
    }
    const isEnough = voice('first', false)
    if (!isEnough) voice('second', true)
  }
  const step = (at: number, what: 'step' | 'undo', settles: boolean) => {
    const of = { rollback, step: at } as const
    if (!(what === 'step' && at === 0)) say({ kind: `${what}_started`, ...of })
    write(`${rollback}.${at}${what === 'undo' ? '.undo' : ''} template ${at}`)
    if (settles) say({ kind: `${what}_applied`, ...of })
    say({ kind: `${what}_succeeded`, ...of })
  }

  say(
    declared({ startedAt, policy: pinnedPolicy(aPolicy()) }),
    requested({
      rollback,
      workload,
      twoPerson,
      delivery: click('ask'),
      by: machine ? machineOf('grafana') : people.onCall,
      ...(offline ? { offline } : {}),
    }),
  )
  let digest = plan(1)
  if (freezes) {
    say({ kind: 'freeze_begun', rollback, until: plus(now, minutes(120)), scope: [] })
    write(undefined, 'configmaps/countermand-freeze')
    say({ kind: 'freeze_raised', rollback, until: plus(now, minutes(120)) })
  }
  now = plus(now, minutes(waits))
  if (ending === 'rejected') {
    say({
      kind: 'rollback_rejected',
      rollback,
      by: people.teamLead,
      as: 'vp-engineering',
      reason: 'the bank is down',
      delivery: click('no'),
    })
    return { events, writes }
  }
  approve(digest, 'yes')
  if (ending === 'voided') {
    say({ kind: 'approval_voided', rollback, why: 'somebody deployed' })
    digest = plan(2)
    approve(digest, 'again')
  }
  if (ending === 'expired') {
    now = plus(now, minutes(5))
    say({ kind: 'rollback_expired', rollback, what: 'approval' })
    approve(digest, 'again')
  }
  say({ kind: 'execution_started', rollback }, { kind: 'step_started', rollback, step: 0 })
  if (ending === 'retried') {
    say({ kind: 'step_failed', rollback, step: 0, message: 'no answer', changed: 'maybe' })
    const delivery = click('wait')
    say({ kind: 'step_retried', rollback, step: 0, by: people.teamLead, delivery })
    say({ kind: 'step_started', rollback, step: 0 })
  }
  step(0, 'step', true)
  step(1, 'step', false)
  say({ kind: 'execution_completed', rollback })
  say({ kind: 'verified', rollback, outcome: 'recovered', checks: [] })
  if (ending === 'undone') {
    say({
      kind: 'undo_authorised',
      rollback,
      by: people.teamLead,
      as: 'vp-engineering',
      reason: 'it got worse',
      delivery: click('undo'),
    })
    step(1, 'undo', false)
    step(0, 'undo', true)
  } else say({ kind: 'watch_ended', rollback, outcome: 'stable', checks: [] })
  return { events, writes }
}
