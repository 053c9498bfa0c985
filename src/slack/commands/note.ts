import { textProblem, writeDown } from './about-incident.ts'
import type { Command } from './command.ts'

/** `/rollback note the bank confirms an outage`. */
export const note: Command = {
  name: 'note',
  usage: '[service] <text>',
  help: 'Write something on the timeline of the incident; elsewhere than in its channel, name the service first',
  examples: ['note the bank confirms an outage', 'note checkout restarted the queue by hand'],
  answers: 'members',
  run: (edge, asked) =>
    writeDown(edge, asked, note, {
      freeText: true,
      read(words) {
        const text = words.join(' ')
        return textProblem(text) ?? ((said) => edge.workflows.addNote({ ...said, text }))
      },
    }),
}
