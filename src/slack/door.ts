import type { FastifyInstance } from 'fastify'
import type { DeliveryId } from '#domain/ids.ts'
import type { Fields } from './admission/body.ts'
import type { Identity } from './admission/identity.ts'
import type { Lull } from './admission/lull.ts'
import { slackClient } from './client.ts'
import type { SlackParts } from './parts.ts'
import { type ReceiverParts, slackRoutes } from './receiver.ts'
import { whoWeAre } from './who-we-are.ts'

/** What is behind the door, and is asked for little before it is there. */
export interface Inside {
  options(body: Fields): Promise<unknown>
  apologise(body: Fields, id: DeliveryId): void
}

export interface SlackDoor {
  readonly receiver: ReceiverParts
  /** Adds `POST /slack/events`. */
  routes(server: FastifyInstance): void
  identity(): Identity | undefined
  /** Resolves when nobody waits for an acknowledgement, or soon. */
  lull(): Promise<void>
  /** Asks Slack who we are, once, however often it is called; `undefined` when it was stopped meanwhile. */
  ask(): Promise<Identity | undefined>
  stop(): void
}

/** Takes in what Slack sends, before everything that answers is loaded: it knows neither Bolt nor a view. */
export function slackDoor(
  parts: Pick<SlackParts, 'slack' | 'log' | 'scrub' | 'mustHold' | 'meter' | 'inbox' | 'clock'> & {
    readonly lull: Lull
    readonly turn: () => Promise<void>
  },
  inside: () => Promise<Inside>,
): SlackDoor {
  const { slack, log, clock } = parts
  const stopping = new AbortController()
  let who: Identity | undefined
  let asked: Promise<Identity | undefined> | undefined
  const client = slackClient(slack, log, {
    scrub: parts.scrub,
    mustHold: parts.mustHold,
    called: parts.meter.slackCalled,
  })
  const receiver: ReceiverParts = {
    secrets: slack.signingSecrets,
    inbox: parts.inbox,
    lull: parts.lull,
    turn: parts.turn,
    log,
    meter: parts.meter,
    identity: () => who,
    options: async (body) => (await inside()).options(body),
    apologise: (body, id) =>
      void inside().then(
        ({ apologise }) => apologise(body, id),
        () => undefined,
      ),
  }
  return {
    receiver,
    routes: (server) => slackRoutes(server, receiver),
    identity: () => who,
    lull: () => receiver.lull.comes(false),
    ask: () =>
      (asked ??= whoWeAre({ client, clock, log }, stopping.signal).then((found) => (who = found))),
    stop: () => stopping.abort(),
  }
}
