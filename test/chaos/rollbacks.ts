import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { chainKey } from '#postgres/chain.ts'
import { verifyTimeline } from '#postgres/verify.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { deriveKey } from '../../src/keys.ts'
import type { TestDatabase } from '../support/database.ts'
import { breaches, shareThrough } from '../support/history-checker.ts'
import { collected } from '../support/history-checker/collect.ts'
import { onCall, type Shop } from './shop.ts'

export interface Happened {
  readonly kind: string
  /** Epoch milliseconds, on the database's clock, which is this machine's. */
  readonly at: number
}

/** Rollbacks of a shop's services, driven as people drive them and seen from outside: the record, the cluster, Slack. */
export function rollbacks(
  shop: Pick<Shop, 'slack' | 'cluster' | 'logged' | 'key'>,
  owner: TestDatabase['owner'],
) {
  const { slack, cluster } = shop
  const turns: string[] = []
  /** They take turns, service by service. */
  const whoCares = (service: string) => {
    if (!turns.includes(service)) turns.push(service)
    return slack.as(onCall[turns.indexOf(service) % onCall.length]?.id ?? '')
  }

  const happened = async (service: string): Promise<readonly Happened[]> => {
    const { rows } = await owner.query<Happened>(
      `SELECT e.kind, (micros(e.at) / 1000.0)::float8 AS at
         FROM timeline_events e JOIN streams s ON s.id = e.stream_id
        WHERE s.service = $1 ORDER BY e.stream_id, e.seq`,
      [service],
    )
    return rows
  }
  const card = (service: string): Posted | undefined =>
    slack.messages(service).find((posted) => keyOf(posted)?.startsWith('card:'))

  async function until<Found>(
    what: string,
    look: () => Promise<Found | undefined | false> | Found | undefined | false,
    withinMs = 20_000,
  ): Promise<Found> {
    for (const began = performance.now(); performance.now() - began < withinMs; await sleep(25)) {
      const found = await look()
      if (found !== undefined && found !== false) return found
    }
    const tail = shop.logged.slice(-12).join('\n')
    const { rows } = await owner.query<{ service: string; kinds: string }>(
      `SELECT s.service, string_agg(e.kind, ' ' ORDER BY e.seq) AS kinds
         FROM timeline_events e JOIN streams s ON s.id = e.stream_id GROUP BY s.id`,
    )
    const record = rows.map(({ service, kinds }) => `${service}: ${kinds}`).join('\n')
    throw new Error(
      `${what} was not seen within ${withinMs} ms. The record:\n${record}\nThe product logged:\n${tail}`,
    )
  }
  const reaches = (service: string, kind: string, withinMs?: number): Promise<Happened> =>
    until(
      `${kind} of ${service}`,
      async () => (await happened(service)).find((event) => event.kind === kind),
      withinMs,
    )

  const press = async (service: string): Promise<string> => {
    const shown = card(service)
    if (!shown) throw new Error(`${service} has no card`)
    return (await whoCares(service).click(shown, 'Approve', { confirm: true })).kind
  }

  return {
    happened,
    until,
    reaches,
    card,
    /** Types the command; again when Slack shows that it failed, as it does when the machine is too busy to answer in time. */
    async asks(service: string): Promise<void> {
      for (let heard: string | undefined; heard !== 'acknowledged'; )
        heard = (
          await whoCares(service).command(`/rollback ${service} --reason "errors"`, {
            channel: service,
          })
        )?.kind
    },
    /** Somebody looks how far it is. */
    looks: async (service: string): Promise<void> =>
      void (await whoCares(service).command(`/rollback status ${service}`, { channel: service })),
    /** The card is there and can be approved. */
    asked: (service: string, withinMs?: number): Promise<Posted> =>
      until(
        `the card of ${service}`,
        () => {
          const shown = card(service)
          return shown && slack.words(shown.message).includes('[Approve]') && shown
        },
        withinMs,
      ),
    /** Presses the button; says what Slack heard. */
    approves: (service: string): Promise<string> => press(service),
    /** Presses again where the first press was not taken, or came to nothing, as somebody would who looks at the card. */
    async approvesUntilHeard(service: string, first: string): Promise<void> {
      const began = performance.now()
      for (let heard = first; performance.now() - began < 30_000; heard = await press(service)) {
        if (heard !== 'acknowledged') continue
        const came = await reaches(service, 'approval_given', 2_000).catch(() => undefined)
        if (came) return
      }
      throw new Error(`${service} cannot be approved`)
    },
    /** Nothing more is to be said about a service for now. */
    quiet: (service: string): Promise<unknown> =>
      until(`an end of what is to be said about ${service}`, async () => {
        const { rows } = await owner.query<{ left: number }>(
          `SELECT count(*)::int AS left FROM outbox o JOIN streams s ON s.id = o.stream_id
            WHERE o.state = 'waiting' AND s.service = $1`,
          [service],
        )
        return rows[0]?.left === 0
      }),
    /** Everything that was to be done and said has been. */
    async settled(services: readonly string[], withinMs = 25_000): Promise<void> {
      for (const service of services) await reaches(service, 'verified', withinMs)
      await until(
        'the end of all that waits',
        async () => {
          const { rows } = await owner.query<{ left: number }>(
            `SELECT (SELECT count(*) FROM outbox o JOIN streams s ON s.id = o.stream_id
                      WHERE o.state = 'waiting' AND s.service = ANY ($1))::int
                  + (SELECT count(*) FROM inbox WHERE done_at IS NULL)::int AS left`,
            [services],
          )
          return rows[0]?.left === 0
        },
        withinMs,
      )
    },
    /** What went wrong with a rollback that is over, in words; empty when nothing did. */
    async faults(service: string): Promise<readonly string[]> {
      const kinds = (await happened(service)).map(({ kind }) => kind)
      const once = [
        'rollback_requested',
        'approval_given',
        'execution_started',
        'step_succeeded',
        'execution_completed',
        'verified',
      ]
      const counted = once
        .map((kind) => ({ kind, times: kinds.filter((one) => one === kind).length }))
        .filter(({ times }) => times !== 1)
        .map(({ kind, times }) => `${kind} ${times} times`)
      const running = cluster.get('Deployment', 'production', service)
      const image = running?.spec.template.spec.containers[0]?.image
      // Created, shipped, taken back: each changed it once.
      const generation = running?.metadata.generation
      const { rows } = await owner.query<{ state: string; key: string; error: string }>(
        `SELECT o.state, o.key, coalesce(o.last_error, '') AS error
           FROM outbox o JOIN streams s ON s.id = o.stream_id
          WHERE s.service = $1 AND o.state = 'abandoned'`,
        [service],
      )
      return [
        ...counted,
        ...(image === `shop/${service}:1.0` ? [] : [`it runs ${image}`]),
        ...(generation === 3 ? [] : [`the deployment was changed ${generation} times`]),
        ...rows.map(({ state, key, error }) => `${key} is ${state}: ${error}`),
        ...said(service),
      ]
    },
    /** Rows of the record that do not fit their chain. */
    async brokenRows(): Promise<readonly unknown[]> {
      const keys = [chainKey(deriveKey(shop.key, 'timeline').toString('hex'))] as const
      return (await verifyTimeline(owner, keys)).faults
    },
    /** What the whole run broke of what is promised, and the share of requests that got through: where few did it proves nothing. */
    async judged() {
      const keys = [chainKey(deriveKey(shop.key, 'timeline').toString('hex'))] as const
      const run = await collected({ owner, keys, clusters: [cluster], slack })
      return { broken: breaches(run), through: shareThrough(run) }
    },
    /** How often whoever cares for it was told something privately. */
    toldTo: (service: string): number => slack.ephemerals(whoCares(service).id).length,
    /** One of those on call was told so privately. */
    told: (words: RegExp): Promise<unknown> =>
      until(`${words.source} privately`, () =>
        onCall
          .flatMap(({ id }) => slack.ephemerals(id))
          .some(({ message }) => words.test(slack.words(message))),
      ),
  }

  function replies(service: string): readonly Posted[] {
    const shown = card(service)
    return shown ? slack.replies(service, shown.message.ts) : []
  }

  /** Each message once, the lines in the order of the record. */
  function said(service: string): readonly string[] {
    const all = [...slack.messages(service), ...replies(service)].filter(
      (posted, at, every) =>
        every.findIndex(({ message }) => message.ts === posted.message.ts) === at,
    )
    const keys = all.flatMap((posted) => keyOf(posted) ?? [])
    const twice = keys.filter((key, at) => keys.indexOf(key) !== at)
    const lines = all
      .toSorted((a, b) => Number(a.message.ts) - Number(b.message.ts))
      .flatMap((posted) => /^line:.*:(\d+)$/.exec(keyOf(posted) ?? '')?.[1] ?? [])
      .map(Number)
    const inOrder = lines.toSorted((a, b) => a - b)
    return [
      ...twice.map((key) => `${key} was said twice`),
      ...(lines.join() === inOrder.join() ? [] : [`lines were said in the order ${lines.join()}`]),
      ...(lines.length > 2 ? [] : [`only ${lines.length} lines were said`]),
      ...all
        .filter(({ message }) => slack.words(message).includes('may stand here twice'))
        .map(() => 'a message says that it may stand there twice'),
    ]
  }
}

const Metadata = z.object({ event_payload: z.object({ key: z.string() }) })
const keyOf = ({ message }: Posted): string | undefined =>
  Metadata.safeParse(message.metadata).data?.event_payload.key
