import type { App } from '@slack/bolt'
import type { FastifyInstance } from 'fastify'
import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { DeliveryId, IncidentId, ServiceId } from '#domain/ids.ts'
import type { Identity } from './admission/identity.ts'
import { lulls } from './admission/lull.ts'
import { createApp } from './app.ts'
import { buttonReader, buttonSigner } from './buttons.ts'
import { suggest } from './chat/suggest.ts'
import { takeAwayTwice } from './chat/take-away.ts'
import { createChat } from './chat/index.ts'
import { slackClient } from './client.ts'
import { askerOf, deliver } from './deliver.ts'
import type { Edge } from './edge.ts'
import { whyOf } from './failure.ts'
import { serviceOptions } from './options.ts'
import type { SlackParts } from './parts.ts'
import { type ReceiverParts, slackRoutes } from './receiver.ts'
import { responseOrigins } from './origins.ts'
import { reply } from './reply.ts'
import { slackSocket } from './socket.ts'
import { notRecordedText } from './sorry.ts'
import { whoWeAre } from './who-we-are.ts'

export type { SlackSettings } from './parts.ts'

export interface SlackEdge {
  /** Adds `POST /slack/events`. */
  routes(server: FastifyInstance): void
  /** The job of one admitted request. Throws when it should be tried again. */
  deliver(id: DeliveryId): Promise<void>
  /** The job that shows people what is waiting. What is postponed stays in the outbox until it is due. */
  show(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Takes away what stands twice. Throws when it should be tried again. */
  takeAwayTwice(signal: AbortSignal): Promise<void>
  /** Tells a service's people of alerts that open nothing, once for `key`. Throws when it should be tried again. */
  suggest(service: ServiceId, alerts: readonly TakenAlert[], key: string): Promise<void>
  /** Asks Slack who we are, without waiting for it; with an app-level token also opens the socket. */
  start(): void
  isReady(): boolean
  stop(): Promise<void>
}

/** What people see and press in Slack. Nothing in it waits for Slack but what is shown there (invariant I8). */
export function slackEdge(parts: SlackParts): SlackEdge {
  const { slack, log } = parts
  let who: Identity | undefined
  let app: App | undefined
  const edge: Edge = {
    ...parts,
    client: slackClient(slack, log, {
      scrub: parts.scrub,
      mustHold: parts.mustHold,
      called: parts.meter.slackCalled,
    }),
    sign: buttonSigner(parts.buttonKey),
    readButton: buttonReader(parts.buttonKey),
    responseOrigins: responseOrigins(slack.apiUrl),
    identity: () => who,
  }
  const receiver: ReceiverParts = {
    secrets: slack.signingSecrets,
    inbox: parts.inbox,
    lull: lulls(),
    log,
    meter: parts.meter,
    identity: edge.identity,
    options: (body) => serviceOptions(parts, body),
    apologise(body, id) {
      const asker = askerOf(body, id)
      if (!asker) return
      reply(edge, asker, { text: notRecordedText, blocks: [] }).catch((error: unknown) =>
        log.warn({ why: whyOf(error) }, 'somebody could not be told that nothing was recorded'),
      )
    },
  }
  const chat = createChat(edge)
  const stopping = new AbortController()
  const socket =
    slack.appToken === undefined ? undefined : slackSocket(slack.appToken, slack.apiUrl, receiver)
  let starting: Promise<void> | undefined

  const begin = async (): Promise<void> => {
    const found = await whoWeAre(edge, stopping.signal)
    if (!found) return
    app = createApp(edge, found)
    who = found
    // Connects again by itself; nothing waits for it.
    socket
      ?.start()
      .catch((error: unknown) =>
        log.error({ why: whyOf(error) }, 'the socket to Slack did not open'),
      )
  }

  return {
    routes: (server) => slackRoutes(server, receiver),
    async deliver(id) {
      if (!app) throw new Error('Slack has not said yet who we are')
      await deliver(edge, app, id)
    },
    show: (incident, signal) => chat.show(incident, AbortSignal.any([stopping.signal, signal])),
    takeAwayTwice: (signal) => takeAwayTwice(edge, AbortSignal.any([stopping.signal, signal])),
    async suggest(service, alerts, key) {
      if (!who) throw new Error('Slack has not said yet who we are')
      await suggest(edge, service, alerts, key)
    },
    start() {
      starting ??= begin().catch((error: unknown) =>
        log.error({ why: whyOf(error) }, 'the Slack edge did not start'),
      )
    },
    isReady: () => who !== undefined,
    async stop() {
      stopping.abort()
      await starting
      await socket?.stop()
    },
  }
}
