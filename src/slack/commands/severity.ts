import { severities } from '#domain/incident/severity.ts'
import { nearest } from '#domain/nearest.ts'
import { messageFor, personOf } from '../edge.ts'
import { aboutIncident } from './about-incident.ts'
import type { Command } from './command.ts'
import { sortWords } from './flags.ts'

/** `/rollback severity high --reason only one region`: up is everybody's, down needs the level of this minute. */
export const severity: Command = {
  name: 'severity',
  usage: '[service] <low|medium|high|critical> --reason …',
  help: 'Say how bad the incident is; lowering it needs whoever may approve at this minute',
  examples: [
    'severity critical --reason "nobody can pay"',
    'severity checkout high --reason "only one region"',
  ],
  answers: 'members',
  async run(edge, asked) {
    const { asker, command, words } = asked
    const { positional, flags, problems } = sortWords(words, { reason: 'words' })
    const about = await aboutIncident(edge, asked, positional, severity, false)
    if (about.kind === 'answer') return messageFor(edge, about.answer)
    const [typed = '', ...more] = about.rest
    const to = severities.find((one) => one === typed)
    const reason = flags.reason?.trim() ?? ''
    if (to === undefined || more.length > 0 || problems.length > 0 || reason === '')
      return messageFor(edge, {
        kind: 'usage',
        command: `${command} severity`,
        problems: [
          ...problems,
          ...(to === undefined ? [unknownSeverity(typed)] : []),
          ...(more.length > 0 ? ['One severity, then --reason and the words behind it.'] : []),
          ...(reason === '' && problems.length === 0 ? ['Say why: put it behind --reason.'] : []),
        ],
        example: `${command} severity critical --reason "nobody can pay"`,
      })
    const said = { incident: about.incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await edge.workflows.changeSeverity({ ...said, to, reason }))
  },
}

function unknownSeverity(typed: string): string {
  const [close] = nearest(severities, typed)
  const hint = typed === '' || close === undefined ? '.' : `; did you mean ${close}?`
  return `The severity is one of ${severities.join(', ')}${hint}`
}
