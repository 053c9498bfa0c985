import type { App } from '@slack/bolt'
import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { DeliveryId, IncidentId, ServiceId } from '#domain/ids.ts'
import { createApp } from './app.ts'
import { buttonReader, buttonSigner } from './buttons.ts'
import { suggest } from './chat/suggest.ts'
import { takeAwayTwice } from './chat/take-away.ts'
import { createChat } from './chat/index.ts'
import { slackClient } from './client.ts'
import { askerOf, deliver } from './deliver.ts'
import type { Inside, SlackDoor } from './door.ts'
import type { Edge } from './edge.ts'
import { whyOf } from './failure.ts'
import { serviceOptions } from './options.ts'
import type { SlackParts } from './parts.ts'
import { responseOrigins } from './origins.ts'
import { reply } from './reply.ts'
import { slackSocket } from './socket.ts'
import { notRecordedText } from './sorry.ts'

export type { SlackSettings } from './parts.ts'

export interface SlackEdge {
  readonly inside: Inside
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
export function slackEdge(parts: SlackParts, door: SlackDoor): SlackEdge {
  const { slack, log } = parts
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
    identity: door.identity,
  }
  const inside: Inside = {
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
    slack.appToken === undefined
      ? undefined
      : slackSocket(slack.appToken, slack.apiUrl, door.receiver)
  let starting: Promise<void> | undefined

  const begin = async (): Promise<void> => {
    const found = await door.ask()
    if (!found) return
    app = createApp(edge, found)
    // Connects again by itself; nothing waits for it.
    socket
      ?.start()
      .catch((error: unknown) =>
        log.error({ why: whyOf(error) }, 'the socket to Slack did not open'),
      )
  }

  return {
    inside,
    async deliver(id) {
      if (!app) throw new Error('Slack has not said yet who we are')
      await deliver(edge, app, id)
    },
    show: (incident, signal) => chat.show(incident, AbortSignal.any([stopping.signal, signal])),
    takeAwayTwice: (signal) => takeAwayTwice(edge, AbortSignal.any([stopping.signal, signal])),
    async suggest(service, alerts, key) {
      if (!door.identity()) throw new Error('Slack has not said yet who we are')
      await suggest(edge, service, alerts, key)
    },
    start() {
      starting ??= begin().catch((error: unknown) =>
        log.error({ why: whyOf(error) }, 'the Slack edge did not start'),
      )
    },
    isReady: () => app !== undefined,
    async stop() {
      stopping.abort()
      door.stop()
      await starting
      await socket?.stop()
    },
  }
}
