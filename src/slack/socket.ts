import { SocketModeReceiver } from '@slack/bolt'
import { z } from 'zod'
import { admit, noteAcknowledged, socketDeliveryId } from './admission/admit.ts'
import { readBody } from './admission/body.ts'
import { isForeign } from './admission/identity.ts'
import { slackLogger } from './client.ts'
import type { ReceiverParts } from './receiver.ts'
import { notRecorded } from './sorry.ts'

const Envelope = z.object({
  ack: z.custom<(answer?: unknown) => Promise<void>>((value) => typeof value === 'function'),
  body: z.record(z.string(), z.unknown()),
})

/** Socket Mode: the same admission as over HTTP, without a signature, because we called Slack. */
export function slackSocket(
  appToken: string,
  apiUrl: string | undefined,
  parts: Omit<ReceiverParts, 'secrets'>,
): { start(): Promise<void>; stop(): Promise<void> } {
  const { client } = new SocketModeReceiver({
    appToken,
    logger: slackLogger(parts.log),
    ...(apiUrl === undefined
      ? {}
      : { installerOptions: { clientOptions: { slackApiUrl: apiUrl } } }),
  })
  client.on('slack_event', (event: unknown) => {
    handle(event, parts).catch((error: unknown) =>
      parts.log.error({ error }, 'an envelope of Slack was not handled'),
    )
  })
  return {
    start: async () => {
      await client.start()
    },
    stop: () => client.disconnect(),
  }
}

async function handle(event: unknown, parts: Omit<ReceiverParts, 'secrets'>): Promise<void> {
  const started = performance.now()
  const { ack, body: raw } = Envelope.parse(event)
  const done = (outcome: string) =>
    parts.meter.admitted(outcome, (performance.now() - started) / 1_000)
  // Through the same door as HTTP, so that the same keys are refused.
  const body = readBody(Buffer.from(JSON.stringify(raw)), 'application/json')
  const identity = parts.identity()
  // Not acknowledged: Slack shows that it failed, or sends it again.
  if (!identity) return done('not_ready')
  if (isForeign(body, identity)) return done('foreign')
  if (body['type'] === 'block_suggestion') {
    await ack(await parts.options(body))
    return done('options')
  }
  const id = socketDeliveryId(body)
  const outcome = await admit(parts, id, body)
  done(outcome)
  if (outcome === 'repeated') return ack()
  if (outcome === 'admitted') {
    await ack()
    return noteAcknowledged(parts, id, body)
  }
  if (body['type'] === 'event_callback') return
  const answer = notRecorded(body)
  if (answer === undefined) parts.apologise(body, id)
  return ack(answer)
}
