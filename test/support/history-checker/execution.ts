import type { Json } from '#domain/json.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import type { RollbackId } from '#domain/ids.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { fromDate, type Instant, micros, plus } from '#domain/time.ts'
import type { Asked, Breach } from '../history-checker.ts'
import { breach, rollbacks, type Story } from './story.ts'

/** I1: what was decided once is done once. I3: nothing is done before it was said, nothing is said before it was done. */
export function execution(stories: readonly Story[], cluster: readonly Asked[]): readonly Breach[] {
  const writes = cluster.filter(isChange)
  return [
    ...stories.flatMap((story) =>
      [...rollbacks(story)].flatMap(([id, events]) => [
        ...once(story, events),
        ...inOrder(story, events),
        ...made(story, id, events, writes),
      ]),
    ),
    ...writtenOnce(writes),
    ...writes.flatMap((write) => meant(stories, write)),
  ]
}

type Events = readonly Recorded<RollbackEvent>[]

/** An execution starts once for each time it was approved, and each of its steps works out once. */
function once(story: Story, events: Events): readonly Breach[] {
  const found: Breach[] = []
  const done = new Set<string>()
  for (const { seq, event } of events) {
    switch (event.kind) {
      case 'approval_voided':
      case 'collapsed':
      // Another way has steps of its own.
      case 'way_left':
        done.clear()
        break
      case 'step_retried':
        done.delete(`step_succeeded ${event.step}`)
        break
      case 'execution_started':
      case 'execution_completed':
      case 'verified':
      case 'watch_ended':
      case 'step_succeeded':
      case 'undo_succeeded': {
        const what = 'step' in event ? `${event.kind} ${event.step}` : event.kind
        // A rollback that was superseded may have been looked after by its watch before.
        if (done.has(what)) found.push(breach('I1', story, seq, `${what} a second time`))
        done.add(what)
        break
      }
      default:
    }
  }
  return found
}

/** Each step: its intent, then its outcome, one at a time. */
function inOrder(story: Story, events: Events): readonly Breach[] {
  const found: Breach[] = []
  let open: string | undefined
  let isStarted = false
  let wasStarted = false
  for (const { seq, event } of events) {
    const no = (why: string) => found.push(breach('I3', story, seq, why))
    switch (event.kind) {
      case 'execution_started':
        isStarted = true
        wasStarted = true
        break
      case 'step_started':
      case 'undo_started': {
        const intent = `${event.kind === 'step_started' ? 'step' : 'undo'} ${event.step}`
        if (!isStarted) no(`${event.kind} before the execution`)
        if (open !== undefined) no(`${event.kind} while ${open} is under way`)
        open = intent
        break
      }
      case 'step_applied':
      case 'undo_applied':
      case 'step_succeeded':
      case 'undo_succeeded':
      case 'step_failed':
      case 'undo_failed': {
        const intent = `${event.kind.slice(0, 4)} ${event.step}`
        if (open !== intent) no(`${event.kind} without an intent`)
        if (!event.kind.endsWith('applied')) open = undefined
        break
      }
      case 'execution_completed':
        if (!isStarted) no('completed without a start')
        if (open !== undefined) no(`completed while ${open} is under way`)
        break
      // People decided otherwise: what was under way is left.
      case 'approval_voided':
      case 'collapsed':
      case 'undo_authorised':
      case 'step_retried':
        open = undefined
        break
      case 'way_left':
        open = undefined
        // Its steps begin with an execution of its own.
        isStarted = false
        break
      // There is no other way after all: people go on where the first was left.
      case 'rollback_rejected':
      case 'rollback_expired':
      case 'rollback_blocked':
        isStarted ||= wasStarted
        break
      default:
    }
  }
  return found
}

/** What the record says was put in place was asked of the platform. */
function made(
  story: Story,
  id: RollbackId,
  events: Events,
  writes: readonly Asked[],
): readonly Breach[] {
  let steps: readonly { readonly change: Json }[] = []
  let ways = 1
  return events.flatMap(({ seq, at, event }) => {
    if (event.kind === 'rollback_planned') ({ steps } = event.plan)
    if (event.kind === 'collapsed') steps = []
    if (event.kind === 'way_left') ways += 1
    const way = ways > 1 ? `.way${ways}` : ''
    if (event.kind !== 'step_applied' && event.kind !== 'step_succeeded') return []
    if (kindOf(steps[event.step]?.change) !== 'set_template') return []
    const isMade = writes.some(
      (write) =>
        markOf(write)?.startsWith(`${id}.${event.step}${way} `) &&
        momentOf(write) <= plus(at, rounding),
    )
    return isMade ? [] : [breach('I3', story, seq, `${event.kind} before it was done`)]
  })
}

/** No change reaches the platform twice, whoever sends it. */
function writtenOnce(writes: readonly Asked[]): readonly Breach[] {
  const marked = Map.groupBy(
    writes.filter((write) => write.status === 200 && markOf(write) !== undefined),
    markOf,
  )
  return [...marked]
    .filter(([, same]) => same.length > 1)
    .map(([mark, same]) => ({
      broken: 'I1',
      where: mark ?? '',
      why: `changed the platform ${same.length} times`,
    }))
}

/** Whatever reached the platform had been said before on the record. */
function meant(stories: readonly Story[], write: Asked): readonly Breach[] {
  const moment = plus(momentOf(write), rounding)
  const said = stories
    .flatMap(({ history }) => history)
    .filter(({ at }) => at <= moment)
    .map(({ event }) => event)
  const { method, path } = write
  const way = switched(write)
  const isMeant = way
    ? said.some(({ kind }) => syncing[way].has(kind))
    : path.includes('/configmaps/')
      ? said.some(({ kind }) => kind === 'freeze_begun')
      : path.includes('/podtemplates')
        ? said.some(({ kind }) => kind === 'hold_begun')
        : // Neither carries a mark.
          method === 'DELETE' || path.endsWith('/status')
          ? said.some(({ kind }) => unmarked.has(kind))
          : said.some((event) => {
              if (event.kind === 'canary_step_started')
                return markOf(write)?.startsWith(`${event.promotion}.${event.leg}.${event.step} `)
              if (event.kind === 'leftover_removal_begun')
                return markOf(write)?.startsWith(
                  `${'promotion' in event ? event.promotion : event.rollback}.leftover `,
                )
              const [, rollback, step, way, undo] = operation.exec(markOf(write) ?? '') ?? []
              return (
                Number(way ?? 1) <= 1 + left(said, rollback) &&
                event.kind === (undo ? 'undo_started' : 'step_started') &&
                event.rollback === rollback &&
                event.step === Number(step)
              )
            })
  return isMeant
    ? []
    : [{ broken: 'I3', where: `${method} ${path}`, why: 'was done before it was said' }]
}

/** What says that a sync is paused, or that it goes on: that change carries no mark. */
const syncing: Readonly<Record<'off' | 'on', ReadonlySet<string>>> = {
  off: new Set(['step_started']),
  on: new Set(['sync_resume_ordered', 'undo_started']),
}

/** Which way a change switches the sync of Argo CD or of Flux; `undefined` where it is another change. */
function switched({ body }: Asked): 'off' | 'on' | undefined {
  if (!Array.isArray(body)) return undefined
  const note = (body as readonly { op?: unknown; path?: unknown; value?: unknown }[]).find(
    ({ path, value }) =>
      path === '/metadata/annotations'
        ? syncNotes.some((key) => Object.hasOwn(Object(value), key))
        : syncNotes.some((key) => path === `/metadata/annotations/${key.replace('/', '~1')}`),
  )
  return note && (note.op === 'remove' ? 'on' : 'off')
}

const syncNotes = ['countermand.dev/sync-paused', 'kustomize.toolkit.fluxcd.io/reconcile']

const unmarked: ReadonlySet<string> = new Set([
  'step_started',
  'undo_started',
  'canary_step_started',
])

/** The platform's log has milliseconds, the record microseconds. */
const rounding = micros(1_000)
const momentOf = ({ at }: Asked): Instant => fromDate(at)

const operation = /^([^.]+)\.(\d+)(?:\.way(\d+))?(?:\.collapse)?(\.undo)? /

/** How many of its ways a rollback has left. */
const left = (said: readonly TimelineEvent[], rollback: string | undefined): number =>
  said.filter((event) => event.kind === 'way_left' && event.rollback === rollback).length

const isChange = ({ method, path, query, status }: Asked): boolean =>
  ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) &&
  !query.includes('dryRun') &&
  !path.includes('accessreviews') &&
  (status === 0 || (status >= 200 && status < 300))

/** The operation that a patch names in its annotation. */
function markOf({ body }: Asked): string | undefined {
  if (!Array.isArray(body)) return undefined
  for (const { path, value } of body as readonly { path?: unknown; value?: unknown }[]) {
    if (path === '/metadata/annotations/countermand.dev~1operation') return String(value)
    if (path === '/metadata/annotations' && value !== null && typeof value === 'object') {
      const mark: unknown = Object.entries(value).find(
        ([key]) => key === 'countermand.dev/operation',
      )?.[1]
      if (typeof mark === 'string') return mark
    }
  }
  return undefined
}

const kindOf = (change: Json | undefined): unknown =>
  change !== null && typeof change === 'object' && 'kind' in change ? change['kind'] : undefined
