import { messageFor, personOf } from '../edge.ts'
import { aboutIncident } from './about-incident.ts'
import type { Command } from './command.ts'
import { sortWords } from './flags.ts'
import { momentOf } from './moments.ts'

/** `/rollback since 14:10 --reason first complaint`: when the incident began (docs/decisions/0007). */
export const since: Command = {
  name: 'since',
  usage: '[service] <14:10|25m> --reason …',
  help: 'Say when the incident began, in UTC or how long ago; an earlier start may raise who must approve, a later one lowers nothing',
  examples: [
    'since 14:10 --reason "first complaint"',
    'since checkout 25m --reason "first complaint"',
  ],
  answers: 'members',
  async run(edge, asked) {
    const { asker, command, words } = asked
    const { positional, flags, problems } = sortWords(words, { reason: 'words' })
    const about = await aboutIncident(edge, asked, positional, since, false)
    if (about.kind === 'answer') return messageFor(edge, about.answer)
    const startedAt = momentOf(about.rest.join(' '), await edge.timeline.now(), 'back')
    const reason = flags.reason?.trim() ?? ''
    if (startedAt === undefined || problems.length > 0 || reason === '')
      return messageFor(edge, {
        kind: 'usage',
        command: `${command} since`,
        problems: [
          ...problems,
          ...(startedAt === undefined
            ? ['It takes how long ago (25m) or a time in UTC (14:10, 2026-11-21T14:10Z).']
            : []),
          ...(reason === '' && problems.length === 0 ? ['Say why: put it behind --reason.'] : []),
        ],
        example: `${command} since 14:10 --reason "first complaint"`,
      })
    const said = { incident: about.incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await edge.workflows.changeStart({ ...said, startedAt, reason }))
  },
}
