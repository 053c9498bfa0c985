import { nearest } from '#domain/nearest.ts'
import { automation } from './automation.ts'
import { approve } from './approve.ts'
import { type Command, exit, Misused, type Terminal } from './command.ts'
import { controls } from './controls.ts'
import { doctor } from './doctor.ts'
import { journalImport, journalResume } from './journal.ts'
import { policyCheck } from './policy-check.ts'
import { policyExplain } from './policy-explain.ts'
import { policyReplay } from './policy-replay.ts'
import { policyReview } from './policy-review.ts'
import { policyWho } from './policy-who.ts'
import { promotions } from './promote.ts'
import { history, status, watching } from './reading.ts'
import { rollback } from './rollback.ts'
import { timelineExport } from './timeline-export.ts'
import { webhookTry } from './webhook-try.ts'
import { timelineVerify } from './timeline-verify.ts'

export const commands: readonly Command[] = [
  policyWho,
  policyCheck,
  policyExplain,
  policyReplay,
  policyReview,
  doctor,
  webhookTry,
  timelineExport,
  timelineVerify,
  rollback,
  approve,
  ...controls,
  ...promotions,
  automation,
  status,
  history,
  watching,
  journalImport,
  journalResume,
  {
    name: 'help',
    usage: '[command]',
    help: 'Show what can be asked here.',
    example: 'help policy who',
    run: async (args, terminal) => {
      const command = commands.find(({ name }) => name === args.join(' '))
      terminal.out(command ? helpOf(command) : overview())
      return args.length > 0 && !command ? exit.misused : exit.fine
    },
  },
]

/** Runs the command that `words` name; the answer is the exit code. Nothing is thrown. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  const command = commands.find(({ name }) => words.slice(0, parts(name)).join(' ') === name)
  if (!command) return unknown(words, terminal)
  const args = words.slice(parts(command.name))
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(helpOf(command))
    return exit.fine
  }
  try {
    return await command.run(args, terminal)
  } catch (error) {
    if (error instanceof Misused || isParseError(error)) {
      terminal.err(`${sentence(error.message)}\n\n${helpOf(command)}`)
      return exit.misused
    }
    terminal.err(error instanceof Error ? sentence(error.message) : 'Something went wrong.')
    return exit.found
  }
}

function unknown(words: readonly string[], terminal: Terminal): number {
  if (words.length === 0 || words.includes('--help') || words.includes('-h')) {
    terminal.out(overview())
    return exit.fine
  }
  const typed = words
    .filter((word) => !word.startsWith('-'))
    .slice(0, 2)
    .join(' ')
  const names = commands.map(({ name }) => name)
  const [close] = nearest(names, typed)
  const grouped = names.filter((name) => name.startsWith(`${words[0] ?? ''} `))
  const hint = close ?? grouped[0]
  terminal.err(
    `There is no command “${typed}”.${hint === undefined ? '' : ` Did you mean “${hint}”?`}\n\n${overview()}`,
  )
  return exit.misused
}

const overview = (): string =>
  [
    'npm start                   start; without Slack variables, the sandbox',
    ...commands.map(({ name, usage, help }) => `countermand ${name} ${usage}\n    ${help}`),
    'Through npm: npm run countermand -- <command>',
  ].join('\n')

const helpOf = ({ name, usage, help, example }: Command): string =>
  `countermand ${name} ${usage}\n    ${help}\n    for example: npm run countermand -- ${example}`

const parts = (name: string): number => name.split(' ').length

const isParseError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
