import { isMachine } from '#domain/alerts/alert.ts'
import { personId, planDigest, workloadId } from '#domain/ids.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { isSoftBlocker, type Plan } from '#domain/rollback/plan.ts'
import { micros, minutes, plus } from '#domain/time.ts'
import { people } from '../builders.ts'
import { everyEvent } from '../every-event.ts'
import type { Breach } from '../history-checker.ts'
import type { Draft } from './good-run.ts'

type Told = Pick<Recorded, 'at' | 'actor' | 'event'>
type Kind = TimelineEvent['kind']

/** What a faulty product might have left behind; `undefined` where the run has nothing that could be faulty so. */
type Mutation = readonly [
  name: string,
  broken: Breach['broken'],
  mutate: (draft: Draft, pick: number) => Draft | undefined,
]

/** What asks for two people. */
const ofTwo = {
  'a machine asks where two people are needed': ({ asked: { by, twoPerson } }: Proposal) =>
    twoPerson && isMachine(by),
  'the database was away': ({ asked }: Proposal) => asked.offline === true,
  'something may be lost': ({ plan }: Proposal) =>
    plan.warnings.some(({ kind }) => kind === 'possible_loss'),
  'more than the VP is needed': ({ plan, approval }: Proposal) =>
    plan.warnings.some(isSoftBlocker) && approval.elapsedMicros >= minutes(60),
} as const
type WhyTwo = keyof typeof ofTwo
const whysTwo = Object.keys(ofTwo) as readonly WhyTwo[]

export const mutations: readonly Mutation[] = [
  [
    'a change reaches the platform twice',
    'I1',
    (draft, pick) => onWrite(draft, pick, isPatch, (write) => [write, write]),
  ],
  ['an execution starts twice', 'I1', onEvent('execution_started', twice)],
  ['a step works out twice', 'I1', onEvent('step_succeeded', twice)],
  ['an execution is completed twice', 'I1', onEvent('execution_completed', twice)],
  ['one click approves twice', 'I1', onEvent('approval_given', twice)],
  ['an approval is not there', 'I2', (draft, pick) => startedOn(draft, pick, () => [])],
  [
    'an approval is for another plan',
    'I2',
    onEvent('approval_given', (one) => [having(one, { digest: planDigest('sha256:other') })]),
  ],
  [
    'an approver holds too little',
    'I2',
    onEvent('approval_given', (one) => [
      having(one, { as: 'on-call-engineer', needed: 'team-lead', breakGlass: null }),
    ]),
  ],
  [
    'less was needed than the minute asks for',
    'I2',
    (draft, pick) =>
      changed(
        draft,
        pick,
        ({ event }) => event.kind === 'approval_given' && event.needed !== 'on-call-engineer',
        (one) => [having(one, { as: 'on-call-engineer', needed: 'on-call-engineer' })],
      ),
  ],
  [
    'an approval is still incomplete',
    'I2',
    (draft, pick) => startedOn(draft, pick, (one) => [having(one, { complete: false })]),
  ],
  [
    'an approval was voided before the start',
    'I2',
    (draft, pick) =>
      startedOn(draft, pick, (one) => [
        one,
        { ...one, event: { kind: 'approval_voided', rollback: rollbackOf(one), why: 'changed' } },
      ]),
  ],
  [
    'an approval had expired at the start',
    'I2',
    (draft, pick) =>
      startedOn(draft, pick, (one) => [{ ...one, at: plus(one.at, micros(-minutes(6))) }]),
  ],
  [
    'a cancelled rollback starts',
    'I2',
    (draft, pick) =>
      startedOn(draft, pick, (one) => [
        one,
        {
          ...one,
          event: {
            kind: 'rollback_expired',
            rollback: rollbackOf(one),
            what: 'request',
          },
        },
      ]),
  ],
  ['a step was not announced', 'I3', onEvent('step_started', () => [])],
  ['an undo was not announced', 'I3', onEvent('undo_started', () => [])],
  ['two steps are under way', 'I3', onEvent('step_succeeded', () => [])],
  [
    'a change is made before it is announced',
    'I3',
    (draft, pick) =>
      onWrite(
        draft,
        pick,
        () => true,
        (write) => [{ ...write, at: new Date(write.at.getTime() - 100 * 86_400_000) }],
      ),
  ],
  [
    'a change is made that nobody announced',
    'I3',
    (draft, pick) =>
      onWrite(draft, pick, isPatch, (write) => [
        write,
        { ...write, body: marked('rb_x.0 template 1') },
      ]),
  ],
  [
    'a change is made that says no operation',
    'I3',
    (draft, pick) => onWrite(draft, pick, isPatch, (write) => [{ ...write, body: [] }]),
  ],
  [
    'a sync is let go on that nobody ordered',
    'I3',
    (draft, pick) =>
      draft.stories.some(({ events }) => events.some(({ event }) => event.kind === 'undo_started'))
        ? undefined
        : onWrite(draft, pick, isPatch, (write) => [
            write,
            {
              ...write,
              body: [{ op: 'remove', path: '/metadata/annotations/countermand.dev~1sync-paused' }],
            },
          ]),
  ],
  ['deploys are frozen that nobody announced', 'I3', (draft) => without('freeze_begun')(draft)],
  [
    'a step was said to be made before it was',
    'I3',
    (draft, pick) =>
      onWrite(
        draft,
        pick,
        (write) => JSON.stringify(write.body ?? '').includes('.0 template'),
        (write) => [{ ...write, at: new Date(write.at.getTime() + 2_000) }],
      ),
  ],
  [
    'a step was said to be made and never was',
    'I3',
    (draft, pick) =>
      onWrite(
        draft,
        pick,
        (write) => JSON.stringify(write.body ?? '').includes('.0 template'),
        () => [],
      ),
  ],
  [
    'one human approves from two accounts',
    'I4',
    (draft, pick) =>
      changed(
        draft,
        pick,
        ({ event }) => event.kind === 'approval_given',
        (one) => [
          having(one, { complete: false }),
          having(one, { by: personId('T1:U2'), delivery: 'another click' }),
        ],
      ),
  ],
  [
    'the requester is the second person',
    'I4',
    (draft, pick) => {
      const ofTwo = draft.stories.flatMap(({ events }) =>
        events.some(
          ({ event }) =>
            event.kind === 'rollback_requested' &&
            event.twoPerson &&
            !event.offline &&
            event.by === people.onCall,
        )
          ? events.filter(({ event }) => event.kind === 'approval_given')
          : [],
      )
      const chosen = pickOf(ofTwo, pick)
      return (
        chosen &&
        changed(
          draft,
          0,
          (one) => one === chosen,
          (one) => [having(one, { by: people.onCall })],
        )
      )
    },
  ],
  ...whysTwo.flatMap((why): readonly Mutation[] => [
    [
      `the first of two voices is complete where ${why}`,
      'I4',
      (draft, pick) => onFirstVoice(draft, pick, why, (one) => [having(one, { complete: true })]),
    ],
    [
      `the second of two voices is the only one where ${why}`,
      'I4',
      (draft, pick) => onFirstVoice(draft, pick, why, () => []),
    ],
  ]),
  ['two rollbacks hold a workload', 'I5', overlapping],
  [
    'somebody is not answered',
    'I6',
    (draft, pick) => ({
      ...draft,
      slack: {
        ...draft.slack,
        answered: draft.slack.answered.toSpliced(pick % draft.slack.answered.length, 1),
      },
    }),
  ],
  [
    'one request is answered twice and another is not',
    'I6',
    ({ slack, ...draft }, pick) => {
      const chosen = pickOf(
        slack.answered.filter(({ of }) => of !== undefined),
        pick,
      )
      const other = slack.answered.find(
        (one) => one.of !== undefined && one !== chosen && one.to === chosen?.to,
      )
      const answered = slack.answered.map((one) => (one === chosen && other ? other : one))
      return chosen && other && { ...draft, slack: { ...slack, answered } }
    },
  ],
  [
    'people are paged twice',
    'paged',
    onEvent('rollback_planned', (one) => [one, ...twice({ ...one, event: everyEvent.paged })]),
  ],
  [
    'the next level is called twice',
    'paged',
    onEvent('rollback_planned', (one) => [
      one,
      ...twice({ ...one, event: everyEvent.decision_overdue }),
    ]),
  ],
  [
    'a message is lost',
    'shown',
    (draft, pick) => ({
      ...draft,
      slack: {
        ...draft.slack,
        messages: draft.slack.messages.filter(
          ({ key }, _, all) => key !== pickOf(all.filter(mustStand), pick)?.key,
        ),
      },
    }),
  ],
  [
    'a message stands twice',
    'shown',
    (draft, pick) => ({
      ...draft,
      slack: {
        ...draft.slack,
        messages: draft.slack.messages.flatMap((one, index, all) =>
          index === pick % all.length ? [one, one] : [one],
        ),
      },
    }),
  ],
]

function twice(one: Told): readonly Told[] {
  return [one, one]
}

function onEvent(kind: Kind, change: (one: Told) => readonly Told[]): Mutation[2] {
  return (draft, pick) => changed(draft, pick, ({ event }) => event.kind === kind, change)
}

/** Changes one of the events that are fit for it, chosen by `pick`. */
function changed(
  draft: Draft,
  pick: number,
  isFit: (one: Told) => boolean,
  change: (one: Told) => readonly Told[],
): Draft | undefined {
  const chosen = pickOf(
    draft.stories.flatMap(({ events }) => events.filter(isFit)),
    pick,
  )
  if (!chosen) return undefined
  const stories = draft.stories.map((story) => ({
    ...story,
    events: story.events.flatMap((one) => (one === chosen ? change(one) : [one])),
  }))
  return { ...draft, stories }
}

/** Changes an approval on which an execution was started. */
function startedOn(
  draft: Draft,
  pick: number,
  change: (one: Told) => readonly Told[],
): Draft | undefined {
  const started = draft.stories.flatMap(({ events }) => {
    const start = events.findIndex(({ event }) => event.kind === 'execution_started')
    const on = events.slice(0, Math.max(0, start))
    return on.findLast(({ event }) => event.kind === 'approval_given') ?? []
  })
  const chosen = pickOf(started, pick)
  return chosen && changed(draft, 0, (one) => one === chosen, change)
}

type Event<Kind extends TimelineEvent['kind']> = Extract<TimelineEvent, { kind: Kind }>
interface Proposal {
  readonly asked: Event<'rollback_requested'>
  readonly plan: Plan
  readonly approval: Event<'approval_given'>
}

/** Changes the first voice of two where nothing but this asks for a second one. */
function onFirstVoice(
  draft: Draft,
  pick: number,
  why: WhyTwo,
  change: (one: Told) => readonly Told[],
): Draft | undefined {
  const firsts = draft.stories.flatMap(({ events }) =>
    events.filter((one) => {
      const proposal = proposalOf(events, one)
      return proposal && whysTwo.every((other) => ofTwo[other](proposal) === (other === why))
    }),
  )
  const chosen = pickOf(firsts, pick)
  return chosen && changed(draft, 0, (one) => one === chosen, change)
}

/** What a voice that is not enough decides on. */
function proposalOf(events: readonly Told[], { event: approval }: Told): Proposal | undefined {
  const [asked] = events.flatMap(({ event }) => (event.kind === 'rollback_requested' ? event : []))
  const [plan] = events.flatMap(({ event }) =>
    event.kind === 'rollback_planned' ? event.plan : [],
  )
  return asked && plan && approval.kind === 'approval_given' && !approval.complete
    ? { asked, plan, approval }
    : undefined
}

const having = (one: Told, fields: object): Told => ({
  ...one,
  event: { ...one.event, ...fields },
})

const rollbackOf = ({ event }: Told) => {
  if (!('rollback' in event)) throw new Error('it is about no rollback')
  return event.rollback
}

type Write = Draft['cluster'][number]
const isPatch = ({ body }: Write): boolean => Array.isArray(body)
const marked = (value: string) => [
  { op: 'add', path: '/metadata/annotations/countermand.dev~1operation', value },
]

function onWrite(
  draft: Draft,
  pick: number,
  isFit: (write: Write) => boolean,
  change: (write: Write) => readonly Write[],
): Draft | undefined {
  const chosen = pickOf(draft.cluster.filter(isFit), pick)
  return (
    chosen && {
      ...draft,
      cluster: draft.cluster.flatMap((write) => (write === chosen ? change(write) : [write])),
    }
  )
}

function without(kind: Kind) {
  return (draft: Draft): Draft | undefined =>
    draft.stories.some(({ events }) => events.some(({ event }) => event.kind === kind))
      ? {
          ...draft,
          stories: draft.stories.map((story) => ({
            ...story,
            events: story.events.filter(({ event }) => event.kind !== kind),
          })),
        }
      : undefined
}

/** Lets an incident begin while an earlier one is in the middle, on the same workload. */
function overlapping(draft: Draft, pick: number): Draft | undefined {
  const index = pick % draft.stories.length
  const [before, story] = [draft.stories[index - 1], draft.stories[index]]
  const middle = before?.events[4]
  const first = story?.events[0]
  if (!story || !middle || !first) return undefined
  const shift = micros(middle.at - first.at)
  const workload = workloadId('prod/production/deployment/both')
  const onBoth = (one: Told): Told =>
    one.event.kind === 'rollback_requested' ? having(one, { workload }) : one
  return {
    ...draft,
    stories: draft.stories.map((one) => ({
      ...one,
      events: one.events
        .map(onBoth)
        .map((told) => (one === story ? { ...told, at: plus(told.at, shift) } : told)),
    })),
  }
}

const mustStand = ({ key }: { readonly key: string | undefined }): boolean =>
  key !== undefined && /^(line|card|mention|announcement):/.test(key)

const pickOf = <Item>(items: readonly Item[], pick: number): Item | undefined =>
  items[pick % Math.max(1, items.length)]
