import { clockSeconds } from '#domain/communication/words.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { message, section } from './blocks.ts'
import { eventText, type LineContext } from './event-words.ts'
import { mrkdwn } from './markup.ts'
import type { Message } from './message.ts'

/** One event, one line: `14:31:05 approved by @on-call as on-call engineer (8 min 5 s after start)`. Times are UTC. */
export function line(recorded: Recorded, context: LineContext): Message {
  const text = mrkdwn`${clockSeconds(recorded.at)} ${eventText(recorded, context)}`
  return message(text, section(text))
}
