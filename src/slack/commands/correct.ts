import { messageFor, personOf } from '../edge.ts'
import { aboutIncident, misused, textProblem } from './about-incident.ts'
import type { Command } from './command.ts'

/** `/rollback correct 4 it was 14:20, not 14:21`: the line stays, and what it should have said stands behind it. */
export const correct: Command = {
  name: 'correct',
  usage: '[service] <line number> <text>',
  help: 'Correct a line of the timeline by a line of its own; the numbers stand behind the [Timeline] button and in the export',
  examples: ['correct 4 it was 14:20, not 14:21', 'correct checkout 4 it was 14:20, not 14:21'],
  async run(edge, asked) {
    const { asker, command, words } = asked
    const about = await aboutIncident(
      edge,
      asked,
      words.map((word) => word.text),
      correct,
      false,
    )
    if (about.kind === 'answer') return messageFor(edge, about.answer)
    const [line = '', ...rest] = about.rest
    const text = rest.join(' ')
    const problem = /^[1-9]\d{0,8}$/.test(line)
      ? textProblem(text)
      : 'First comes the number of the line that is wrong.'
    if (problem !== undefined)
      return messageFor(
        edge,
        misused(`${command} correct`, problem, `${command} correct 4 it was 14:20, not 14:21`),
      )
    const said = { incident: about.incident, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await edge.workflows.correct({ ...said, seq: Number(line), text }))
  },
}
