import { messageFor, personOf } from '../edge.ts'
import { aboutIncident, misused } from './about-incident.ts'
import type { Command } from './command.ts'
import { sortWords } from './flags.ts'

/** `/rollback postmortem`: the draft as a file under the card, also before the end. */
export const postmortem: Command = {
  name: 'postmortem',
  usage: '[service]',
  help: 'Put the draft of the post-mortem, made from the timeline, under the card',
  examples: ['postmortem', 'postmortem checkout'],
  answers: 'members',
  async run(edge, asked) {
    const { asker, command, words } = asked
    const { positional, problems } = sortWords(words, {})
    const about = await aboutIncident(edge, asked, positional, postmortem, false)
    if (about.kind === 'answer') return messageFor(edge, about.answer)
    if (about.rest.length > 0 || problems.length > 0)
      return messageFor(
        edge,
        misused(
          `${command} postmortem`,
          'It takes one service, or nothing in the channel of an incident.',
          `${command} postmortem checkout`,
        ),
      )
    const said = { incident: about.incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await edge.workflows.askPostMortem(said))
  },
}
