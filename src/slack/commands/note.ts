import { messageFor, personOf } from '../edge.ts'
import { aboutIncident, misused, textProblem } from './about-incident.ts'
import type { Command } from './command.ts'

/** `/rollback note the bank confirms an outage`. */
export const note: Command = {
  name: 'note',
  usage: '[service] <text>',
  help: 'Write something on the timeline of the incident; elsewhere than in its channel, name the service first',
  examples: ['note the bank confirms an outage', 'note checkout restarted the queue by hand'],
  async run(edge, asked) {
    const { asker, command, words } = asked
    const about = await aboutIncident(
      edge,
      asked,
      words.map((word) => word.text),
      note,
      true,
    )
    if (about.kind === 'answer') return messageFor(edge, about.answer)
    const { incident, rest } = about
    const text = rest.join(' ')
    const problem = textProblem(text)
    if (problem !== undefined)
      return messageFor(
        edge,
        misused(`${command} note`, problem, `${command} note the bank confirms an outage`),
      )
    const said = { incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await edge.workflows.addNote({ ...said, text }))
  },
}
