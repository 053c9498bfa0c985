import type { Answer } from '#domain/communication/answer.ts'
import type { IncidentId, ServiceId } from '#domain/ids.ts'
import type { Said } from '#workflows/incident/say.ts'
import { type Edge, messageFor, personOf } from '../edge.ts'
import type { Message } from '../views/index.ts'
import type { Asked, Command } from './command.ts'
import { serviceNamed } from './rollback-words.ts'

/** What a subcommand says about an incident, and the words that are left of it. */
export type About =
  | {
      readonly kind: 'found'
      readonly incident: IncidentId
      readonly rest: readonly string[]
    }
  | { readonly kind: 'answer'; readonly answer: Answer }

/**
 * The incident that somebody speaks of: the one whose channel they are in, else the newest of the service that they name first.
 * With `freeText` the words in an incident's channel are all text, even when one of them is the name of a service.
 */
export async function aboutIncident(
  edge: Edge,
  { asker, command }: Asked,
  words: readonly string[],
  { name, examples = [] }: Pick<Command, 'name' | 'examples'>,
  freeText: boolean,
): Promise<About> {
  const { timeline, catalogue } = edge
  const here =
    asker.channel === undefined ? undefined : await timeline.incidentInChannel(asker.channel)
  const [first = '', ...rest] = words
  const service = here !== undefined && freeText ? undefined : serviceNamed(first, catalogue)
  if (service) {
    const incident = await newestOf(edge, service)
    return incident === undefined
      ? { kind: 'answer', answer: { kind: 'nothing_found', what: `an incident of ${service}` } }
      : { kind: 'found', incident, rest }
  }
  if (here !== undefined) return { kind: 'found', incident: here, rest: words }
  return {
    kind: 'answer',
    answer: misused(
      `${command} ${name}`,
      'Type it in the channel of the incident, or name the service first, exactly as it is configured.',
      `${command} ${examples.at(-1) ?? name}`,
    ),
  }
}

/** What is to be written, or the one thing that is wrong with the words. */
export type Understood = string | ((said: Said) => Promise<Answer>)

/** Writes down what somebody says about an incident: finds it, reads the words that are left, and answers. */
export async function writeDown(
  edge: Edge,
  asked: Asked,
  subcommand: Pick<Command, 'name' | 'examples'>,
  { freeText, read }: { freeText: boolean; read: (rest: readonly string[]) => Understood },
): Promise<Message> {
  const words = asked.words.map(({ text }) => text)
  const about = await aboutIncident(edge, asked, words, subcommand, freeText)
  if (about.kind === 'answer') return messageFor(edge, about.answer)
  const understood = read(about.rest)
  if (typeof understood !== 'string') {
    const { asker } = asked
    const said = { incident: about.incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await understood(said))
  }
  const { name, examples = [] } = subcommand
  const command = `${asked.command} ${name}`
  const example = `${asked.command} ${examples[0] ?? name}`
  return messageFor(edge, misused(command, understood, example))
}

export const misused = (command: string, problem: string, example: string): Answer => ({
  kind: 'usage',
  command,
  problems: [problem],
  example,
})

async function newestOf({ timeline }: Edge, service: ServiceId): Promise<IncidentId | undefined> {
  const open = await timeline.openIncidents(service)
  return open.at(-1) ?? (await timeline.recentIncidents(service, 1))[0]
}

/** Longer than this is a document, not a line. */
const longestText = 2_000

/** `undefined` when there is something to write down, and not too much of it. */
export function textProblem(text: string): string | undefined {
  if (text.trim() === '') return 'There is nothing to write down yet: put the words behind it.'
  return text.length > longestText
    ? `That is ${text.length} characters; a line of the timeline takes ${longestText}.`
    : undefined
}
