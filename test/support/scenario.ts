import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { fromDate, minutes as toMicros } from '#domain/time.ts'
import { chainKey } from '#postgres/chain.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { type Flagged, shopFlag } from '#sandbox/shop/flags.ts'
import { shipBad, shipCanary } from '#sandbox/shop/shipments.ts'
import { type SandboxWorld, startWorld, type WorldOptions } from '#sandbox/world.ts'
import { deriveKey } from '../../src/keys.ts'
import { freshDatabase } from './database.ts'
import { silent } from './database-server.ts'
import { breaches } from './history-checker.ts'
import { collected } from './history-checker/collect.ts'
import { createScreenplay } from './screenplay.ts'

/** The minute in which every scenario begins. */
const curtain = new Date('2026-11-21T14:20:00Z')

export type Stage = Awaited<ReturnType<typeof stage>>

/** The whole product in its pretend world, on a clock that stands still until it is moved. */
export async function stage(
  options: Partial<
    Pick<
      WorldOptions,
      | 'configured'
      | 'hasRollouts'
      | 'hasEcs'
      | 'hasDocker'
      | 'hasNginx'
      | 'hasRegions'
      | 'hasFlags'
      | 'hasDatabase'
      | 'hasMesh'
      | 'hasColours'
      | 'hasFlagger'
      | 'hasGitOps'
      | 'podStartMs'
      | 'stoppedAt'
      | 'patience'
      | 'variables'
    >
  > = {},
) {
  const database = await freshDatabase()
  const key = randomBytes(32)
  const world: SandboxWorld = await startWorld({
    port: 0,
    database: { ownerUrl: database.ownerUrl, url: database.url },
    key,
    log: silent,
    podStartMs: 20,
    stoppedAt: fromDate(curtain),
    editEveryMs: 0,
    // What is seen decides here, not how busy the machine is.
    patience: 20,
    ...options,
  })
  const { slack, clock, app, cluster } = world
  // What runs has been looked at once before anything is shipped.
  await app.jobs.settled()
  const play = createScreenplay(world)
  let began = fromDate(curtain)

  const settled = async () => {
    await app.jobs.kick()
    await app.jobs.settled()
  }
  const act = async (
    title: string,
    what: () => Promise<unknown>,
    over: () => Promise<unknown> = settled,
  ) => {
    play.opens(title, clock.now())
    await what()
    await over()
    play.closes()
  }
  const cardSays = async (words: RegExp) => {
    await slack.until(() => words.test(slack.words(cardOf(world).message)), 45_000)
    await allButRollbacks(database.owner)
  }
  const nameOf = (user: string) => slack.as(user).name

  return {
    world,
    settled,
    /** Moves the clock and lets everything happen that is due by then. */
    passes: (minutes: number) => act(`… ${minutes} min later`, () => clock.move(minutes)),
    /** The clock stands this long after the incident began, to the microsecond. */
    async standsAt(micros: number) {
      await clock.freeze(began, micros)
      await settled()
    },
    minutes: toMicros,
    async ships(service: string, kind: Parameters<typeof shipBad>[2] = 'errors') {
      const image = shipBad(cluster, service, kind)
      await clusterShows(world, () => isOut(world, service, kind, image))
      play.aside(`the pipeline ships ${image}; two minutes pass`)
      await clock.move(2)
    },
    /** A canary beside what runs, good or bad as `kind` says. */
    async shipsCanary(service: string, kind?: Parameters<typeof shipCanary>[2]) {
      const image = shipCanary(cluster, service, kind)
      await clusterShows(world, () =>
        cluster.pods('production').some((pod) => isCanaryOf(service, pod) && isReady(pod)),
      )
      play.aside(`the pipeline puts one pod of ${image} beside the others`)
    },
    /** The next version, good until its flag is switched on for so many percent two minutes later; then two more pass. */
    async shipsWithFlag(service: Flagged, share: number, isCanary = false) {
      const { flags } = world
      if (!flags) throw new Error('the shop has no flags')
      const image = flags.ship(service, isCanary)
      await clusterShows(world, () =>
        isCanary
          ? cluster.pods('production').some((pod) => isCanaryOf(service, pod) && isReady(pod))
          : isOut(world, service, 'errors', image),
      )
      play.aside(`the pipeline ships ${image}${isCanary ? ' as a canary' : ''}; two minutes pass`)
      await clock.move(2)
      await settled()
      flags.open(service, share)
      play.aside(`somebody switches ${shopFlag[service]} on for ${share} %; two minutes pass`)
      await clock.move(2)
    },
    /** What is looked at once a minute, whether or not one has passed. */
    async looksAround() {
      await database.owner.query(`SELECT graphile_worker.add_job('observe')`)
      await database.owner.query(`SELECT graphile_worker.add_job('check')`)
      await settled()
    },
    /** What somebody did has come so far. */
    reaches: (look: () => boolean) => clusterShows(world, look),
    /** What somebody deployed has come everywhere. */
    rolledOut: (service: string) =>
      clusterShows(world, () => {
        const { metadata, spec, status } = cluster.get('Deployment', 'production', service) ?? {}
        const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas]
        const isNoticed = status?.observedGeneration === metadata?.generation
        return isNoticed && counts.every((count) => count === spec?.replicas)
      }),
    /** Something happens outside of Slack. */
    async meanwhile(title: string, what: () => Promise<unknown> | void) {
      await act(`meanwhile: ${title}`, async () => what())
    },
    types: (user: string, line: string, channel = 'checkout') => {
      began = fromDate(clock.now())
      return act(`@${nameOf(user)} types ${line}`, () => slack.as(user).command(line, { channel }))
    },
    presses: (user: string, label: string, message: Posted) =>
      act(`@${nameOf(user)} presses [${label}]`, () =>
        slack.as(user).click(message, label, { confirm: true }),
      ),
    /** Presses a button that begins something long; goes on as soon as the card says `seen`. */
    begins: (user: string, label: string, message: Posted, seen: RegExp) =>
      act(
        `@${nameOf(user)} presses [${label}]`,
        () => slack.as(user).click(message, label, { confirm: true }),
        () => cardSays(seen),
      ),
    /** Something happens while a rollback is under way; goes on as soon as the card says `seen`. */
    until: (title: string, what: () => Promise<unknown>, seen: RegExp) =>
      act(`… ${title}`, what, () => cardSays(seen)),
    /** Presses a button that asks something back, and answers it; with `seen`, goes on as soon as the card says that. */
    answers: (
      user: string,
      label: string,
      message: Posted,
      values: Readonly<Record<string, string>>,
      seen?: RegExp,
    ) =>
      act(
        `@${nameOf(user)} presses [${label}] and fills in ${Object.values(values)
          .map((value) => `“${value}”`)
          .join(', ')}`,
        async () => {
          await slack.as(user).click(message, label, { confirm: true })
          const view = await slack.until(() => slack.modal(user))
          const sent = await slack.as(user).submit(view, values)
          if (sent.kind !== 'acknowledged')
            throw new Error(`the form was not taken: ${JSON.stringify(sent)}`)
        },
        seen && (() => cardSays(seen)),
      ),
    /** Sends the form that is open, with what it offers where nothing else is filled in. */
    fills: (user: string, values: Readonly<Record<string, string>>) =>
      act(`@${nameOf(user)} sends the form`, async () => {
        const view = await slack.until(() => {
          const open = slack.modal(user)
          return open?.['submit'] ? open : undefined
        })
        const sent = await slack.as(user).submit(view, values)
        if (sent.kind !== 'acknowledged')
          throw new Error(`the form was not taken: ${JSON.stringify(sent)}`)
      }),
    /** The pinned card of the newest incident channel; with several rollbacks, the newest of them. */
    card: () => cardOf(world),
    /** The newest message of a channel that says or offers `words`. */
    lastIn(channel: string, words: string): Posted {
      const last = slack
        .messages(channel)
        .findLast(({ message }) => slack.words(message).includes(words))
      if (!last) throw new Error(`nobody said ${words} in ${channel}:\n${slack.transcript()}`)
      return last
    },
    lastPrivate(user: string): Posted {
      const last = slack.ephemerals(user).at(-1)
      if (!last) throw new Error(`nothing was said to ${user} alone`)
      return last
    },
    /** Whatever Slack shows: the record says that the newest rollback has been executed. */
    async completed() {
      for (let done = false; !done; await sleep(20)) {
        const { rows } = await database.owner.query<{ done: boolean }>(
          `SELECT EXISTS (SELECT FROM timeline_events WHERE kind = 'execution_completed') AS done`,
        )
        done = rows[0]?.done ?? false
      }
    },
    /** What is seen outside of Slack, as part of the screenplay. */
    remarks: play.aside,
    screenplay: play.text,
    /** Whatever was played: what the product promises holds at the end. Of a cluster that is not the stage's own nothing is known here. */
    async close({ isElsewhere = false } = {}) {
      try {
        if (isElsewhere) return
        const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
        const run = { owner: database.owner, keys, clusters: [cluster], slack }
        const broken = breaches(await collected(run))
        if (broken.length > 0) throw new Error(`broken promises: ${JSON.stringify(broken)}`)
      } finally {
        await world.close()
        await database.close()
      }
    },
  }
}

function cardOf({ slack }: SandboxWorld): Posted {
  const room = slack.channels().findLast(({ name }) => name.startsWith('inc-'))
  const pinned =
    room && slack.messages(room.id).findLast(({ message }) => room.pins.includes(message.ts))
  if (!pinned) throw new Error(`no card is pinned yet:\n${slack.transcript()}`)
  return pinned
}

async function clusterShows({ cluster }: SandboxWorld, look: () => boolean): Promise<void> {
  const seen = Promise.withResolvers<void>()
  const stop = cluster.onChange(() => {
    if (look()) seen.resolve()
  })
  const late = setTimeout(() => seen.reject(new Error('the cluster never got there')), 45_000)
  try {
    if (!look()) await seen.promise
  } finally {
    clearTimeout(late)
    stop()
  }
}

/** Resolves when all that may go on is rollbacks that are under way: everything else was done and said. */
async function allButRollbacks(owner: Pool): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const { rows } = await owner.query<{ busy: boolean }>(
      `SELECT EXISTS (SELECT FROM graphile_worker.jobs WHERE task_identifier <> 'advance')
           OR EXISTS (SELECT FROM outbox WHERE state = 'waiting') AS busy`,
    )
    quiet = rows[0]?.busy ? 0 : quiet + 1
    await sleep(10)
  }
}

/** The shipped version has come as far as it will come: everywhere, or to where it got stuck. */
function isOut({ cluster }: SandboxWorld, service: string, kind: string, image: string): boolean {
  const pods = cluster
    .pods('production')
    .filter(({ metadata }) => metadata.labels?.['app'] === service)
  const shipped = pods.filter((pod) => pod.spec.containers[0]?.image === image)
  if (kind === 'errors' || kind === 'slow')
    return shipped.length === pods.length && shipped.every(isReady)
  return kind === 'missing-image' ? shipped.some(waitsToPull) : shipped.length > 0
}

type Pod = ReturnType<SandboxWorld['cluster']['pods']>[number]
const isCanaryOf = (service: string, { metadata: { labels } }: Pod): boolean =>
  labels?.['app'] === service && labels['track'] === 'canary'
const waitsToPull = ({ status }: Pod): boolean =>
  status.containerStatuses?.some(({ state }) => state.waiting?.reason === 'ImagePullBackOff') ??
  false
const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
