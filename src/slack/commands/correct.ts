import { textProblem, writeDown } from './about-incident.ts'
import type { Command } from './command.ts'

/** `/rollback correct 4 it was 14:20, not 14:21`: the line stays, and what it should have said stands behind it. */
export const correct: Command = {
  name: 'correct',
  usage: '[service] <line number> <text>',
  help: 'Correct a line of the timeline by a line of its own; the numbers stand behind the [Timeline] button and in the export',
  examples: ['correct 4 it was 14:20, not 14:21', 'correct checkout 4 it was 14:20, not 14:21'],
  answers: 'members',
  run: (edge, asked) =>
    writeDown(edge, asked, correct, {
      freeText: false,
      read([line = '', ...words]) {
        if (!/^[1-9]\d{0,8}$/.test(line)) return 'First comes the number of the line that is wrong.'
        const text = words.join(' ')
        const seq = Number(line)
        return textProblem(text) ?? ((said) => edge.workflows.correct({ ...said, seq, text }))
      },
    }),
}
