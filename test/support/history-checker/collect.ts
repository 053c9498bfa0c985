import type { Pool } from 'pg'
import { incidentId } from '#domain/ids.ts'
import type { ChainKeys } from '#postgres/chain.ts'
import { exportTimeline, type TimelineExport } from '#postgres/export.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import type { PretendSlack } from '#sandbox/slack/index.ts'
import type { Run, SlackLog } from '../history-checker.ts'

/** Everything a run left behind, ready to be checked. */
export async function collected({
  owner,
  keys,
  clusters,
  slack,
  service,
}: {
  readonly owner: Pool
  readonly keys: ChainKeys
  readonly clusters: readonly Pick<Cluster, 'requests'>[]
  readonly slack: PretendSlack
  /** Its incidents, its assessments, and what happened to it by itself; everything when absent. */
  readonly service?: string
}): Promise<Run> {
  const { rows } = await owner.query<{ id: string }>(
    `SELECT s.id FROM streams s JOIN timeline_events e ON e.stream_id = s.id AND e.seq = 1
      WHERE $1::text IS NULL OR e.payload ->> 'service' = $1 ORDER BY s.id`,
    [service ?? null],
  )
  const timelines: TimelineExport[] = []
  for (const { id } of rows) {
    const exported = await exportTimeline(owner, incidentId(id))
    if (exported) timelines.push(exported)
  }
  return {
    timelines,
    keys,
    // What colleagues change is no business of the product's.
    cluster: clusters.flatMap(({ requests }) =>
      requests.filter(({ account }) => account !== 'admin'),
    ),
    slack: logOf(slack),
  }
}

function logOf(slack: PretendSlack): SlackLog {
  const requests = slack.requests().flatMap(({ sent, ack }) => {
    const { by, trigger } = senderOf(sent.body)
    return by === undefined ? [] : [{ by, trigger, ack }]
  })
  const openedBy = (trigger: unknown): readonly string[] =>
    requests.flatMap((one) => (one.trigger === trigger ? one.by : []))
  const views = slack
    .calls()
    .filter(({ method, answer }) => method.startsWith('views.') && answer?.['ok'] === true)
  const forms = views.flatMap(({ args }) => openedBy(args['trigger_id']))
  // What is pressed in an open form is answered by the form itself.
  const redrawn = views.flatMap(({ args: { view_id: id } }) =>
    views
      .filter(({ answer }) => id !== undefined && idOfView(answer) === id)
      .flatMap(({ args }) => openedBy(args['trigger_id'])),
  )
  const people = new Set(requests.map(({ by }) => by))
  // That a request failed is said by Slack, not by us.
  const alone = [...people].flatMap((user) =>
    slack.ephemerals(user).flatMap(({ message }) => (message.user === 'USLACKBOT' ? [] : user)),
  )
  const keys = slack
    .channels()
    .flatMap(({ id }) => slack.messages(id))
    .map(({ message }) => keyOf(message.metadata))
  // Answers that are for everybody say whose they are.
  const openly = keys.flatMap((key) => /^answer:(\w+):/.exec(key ?? '')?.[1] ?? [])
  const direct = slack
    .channels()
    .flatMap(({ id, isIm, members }) =>
      isIm ? slack.messages(id).flatMap(() => members.filter((member) => people.has(member))) : [],
    )
  return {
    messages: keys.map((key) => ({ key })),
    asked: requests.map(({ by, ack }) => ({ by, acknowledged: ack.kind === 'acknowledged' })),
    answered: [...forms, ...redrawn, ...alone, ...direct, ...openly].map((to) => ({ to })),
  }
}

const idOfView = (answer: Readonly<Record<string, unknown>> | undefined): unknown => {
  const view = answer?.['view']
  return typeof view === 'object' && view !== null && 'id' in view ? view.id : undefined
}

/** Whoever sent a command, a click or a form; nobody for events and for lists to choose from. */
function senderOf(body: string): { readonly by?: string; readonly trigger?: string } {
  if (!body.includes('=')) return {}
  const form = new URLSearchParams(body)
  const payload = form.get('payload')
  if (payload === null) return named(form.get('user_id'), form.get('trigger_id'))
  const {
    type,
    user,
    trigger_id: trigger,
  } = JSON.parse(payload) as {
    readonly type: string
    readonly user: { readonly id: string }
    readonly trigger_id?: string
  }
  return type === 'block_actions' || type === 'view_submission' ? named(user.id, trigger) : {}
}

const named = (by: string | null, trigger: string | null | undefined) => ({
  ...(by === null ? {} : { by }),
  ...(trigger ? { trigger } : {}),
})

/** The name of the notice that a message shows. */
export function keyOf(metadata: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const payload: unknown = metadata?.['event_payload']
  return payload !== null && typeof payload === 'object' && 'key' in payload
    ? String(payload.key)
    : undefined
}
