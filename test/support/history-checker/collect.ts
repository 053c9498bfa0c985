import { createHash } from 'node:crypto'
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
    slack: slackLogOf(slack),
  }
}

/** Who asked for what, and what answers which of it as far as Slack can tell: by the form it opened, the address it came to, or its own name. */
export function slackLogOf(slack: PretendSlack): SlackLog {
  const requests = slack.requests().flatMap(({ sent, ack }) => {
    const { by, ...rest } = senderOf(sent.body)
    const signature = sent.headers['x-slack-signature'] ?? ''
    const delivery = `slack:${createHash('sha256').update(signature).digest('hex')}`
    return by === undefined ? [] : [{ ...rest, by, delivery, ack }]
  })
  type Request = (typeof requests)[number]
  const answersTo = (isIt: (one: Request) => boolean): SlackLog['answered'] =>
    requests.filter(isIt).map(({ by, trigger }) => ({ to: by, of: trigger }))
  const openedBy = (trigger: unknown) => answersTo((one) => one.trigger === trigger).slice(0, 1)
  const views = slack
    .calls()
    .filter(({ method, answer }) => method.startsWith('views.') && answer?.['ok'] === true)
  const forms = views.flatMap(({ args }) => openedBy(args['trigger_id']))
  // What is pressed in an open form is answered by the form itself.
  const redrawn = views.flatMap(({ args: { view_id: id } }) =>
    views
      .filter(({ answer }) => id !== undefined && idOfView(answer) === id)
      .flatMap(({ args }) => openedBy(args['trigger_id']).map(({ to }) => ({ to }))),
  )
  const people = new Set(requests.map(({ by }) => by))
  // That a request failed is said by Slack, not by us.
  const alone = [...people].flatMap((user) =>
    slack.ephemerals(user).flatMap(({ message }) => {
      if (message.user === 'USLACKBOT') return []
      const address = slack.addressOf(message)
      return address === undefined ? { to: user } : answersTo((one) => one.address === address)
    }),
  )
  const keys = slack
    .channels()
    .flatMap(({ id }) => slack.messages(id))
    .map(({ message }) => keyOf(message.metadata))
  // Answers that are for everybody say whose they are, and what of theirs they answer.
  const openly = keys.flatMap((key) => {
    const [, , delivery] = /^answer:(\w+):(.*)$/.exec(key ?? '') ?? []
    return answersTo((one) => one.delivery === delivery)
  })
  // What the record has somebody told is no answer.
  const direct = slack.channels().flatMap(({ id, isIm, members }) =>
    isIm
      ? slack
          .messages(id)
          .filter(({ message }) => keyOf(message.metadata) === undefined)
          .flatMap(() => members.filter((member) => people.has(member)).map((to) => ({ to })))
      : [],
  )
  return {
    messages: keys.map((key) => ({ key })),
    asked: requests.map(({ by, trigger, ack }) => ({
      by,
      id: trigger,
      acknowledged: ack.kind === 'acknowledged',
    })),
    answered: [...forms, ...redrawn, ...alone, ...direct, ...openly],
  }
}

const idOfView = (answer: Readonly<Record<string, unknown>> | undefined): unknown => {
  const view = answer?.['view']
  return typeof view === 'object' && view !== null && 'id' in view ? view.id : undefined
}

interface Sender {
  readonly by?: string
  readonly trigger?: string | undefined
  /** Where Slack takes answers to it. */
  readonly address?: string | undefined
}

/** Whoever sent a command, a click or a form; nobody for events and for lists to choose from. */
function senderOf(body: string): Sender {
  if (!body.includes('=')) return {}
  const form = new URLSearchParams(body)
  const payload = form.get('payload')
  if (payload === null)
    return named(form.get('user_id'), form.get('trigger_id'), form.get('response_url'))
  const {
    type,
    user,
    trigger_id: trigger,
    response_url: url,
  } = JSON.parse(payload) as {
    readonly type: string
    readonly user: { readonly id: string }
    readonly trigger_id?: string
    readonly response_url?: string
  }
  return type === 'block_actions' || type === 'view_submission' ? named(user.id, trigger, url) : {}
}

const named = (
  by: string | null,
  trigger: string | null | undefined,
  url: string | null | undefined,
): Sender => ({
  ...(by === null ? {} : { by }),
  trigger: trigger ?? undefined,
  address: url?.split('/').at(-1),
})

/** The name of the notice that a message shows. */
export function keyOf(metadata: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const payload: unknown = metadata?.['event_payload']
  return payload !== null && typeof payload === 'object' && 'key' in payload
    ? String(payload.key)
    : undefined
}
