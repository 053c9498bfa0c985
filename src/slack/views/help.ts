import { message, section } from './blocks.ts'
import { code, lines, mrkdwn } from './markup.ts'
import type { Message } from './message.ts'

export interface CommandHelp {
  readonly command: string
  readonly usage: string
  readonly help: string
  readonly examples?: readonly string[]
}

export function help(commands: readonly CommandHelp[]): Message {
  const first = mrkdwn`What you can type. Nothing happens to production without an approval.`
  return message(
    first,
    section(first),
    commands.map(({ command, usage, help: text, examples = [] }) =>
      section(
        lines(
          mrkdwn`${code(`${command} ${usage}`.trim())}`,
          mrkdwn`${text}`,
          ...examples.slice(0, 5).map((example) => mrkdwn`for example ${code(example)}`),
        ),
      ),
    ),
  )
}
