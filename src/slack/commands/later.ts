import { messageFor } from '../edge.ts'
import type { Command } from './command.ts'

/** A command that is registered and does not work yet: it says so, and what to do meanwhile. */
export const later = (what: string, meanwhile: string, usage: string): Command => ({
  name: '',
  usage,
  help: `${what} – not built yet`,
  answers: 'anybody',
  run: (edge, { command }) =>
    messageFor(edge, {
      kind: 'trouble',
      what: `${command} is not built yet: it will ${what}.`,
      done: 'Nothing was done.',
      next: `Meanwhile: ${edge.slack.commands.rollback} ${meanwhile}.`,
    }),
})
