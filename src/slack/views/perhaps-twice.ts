import { context } from './blocks.ts'
import { mrkdwn } from './markup.ts'
import type { Message } from './message.ts'

/** Says of a message that another one like it may stand nearby. */
export const perhapsTwice = ({ text, blocks }: Message): Message => ({
  text,
  blocks: [
    ...blocks,
    context(
      mrkdwn`Slack did not say whether it took this before, and did not let us look: it may stand here twice.`,
    ),
  ],
})
