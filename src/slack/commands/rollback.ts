import { personOf, messageFor } from '../edge.ts'
import { openChangedForm } from '../actions/changed-form.ts'
import { openRollbackForm } from '../actions/rollback-form.ts'
import { turnedAway } from '../turned-away.ts'
import type { Command } from './command.ts'
import { rollbackUsage, rollbackWords } from './rollback-words.ts'

/** `/rollback checkout …`, and the form when no service is named. */
export const rollback: Command = {
  name: '',
  usage: rollbackUsage,
  help: 'Propose to roll a service back, or several one after the other; without a service, choose in a form',
  examples: [
    'checkout --reason "errors after deploy"',
    'checkout payments --reason "both went out at 14:20"',
    'checkout --to 41 --dry-run',
  ],
  answers: 'members',
  async run(edge, { asker, command, words }) {
    const { catalogue, timeline, workflows } = edge
    const now = await timeline.now()
    const asked = rollbackWords(words, { command, catalogue, by: personOf(asker), now })
    switch (asked.kind) {
      case 'answer':
        return messageFor(edge, asked.answer)
      case 'form': {
        const away = await turnedAway(edge, asker, { shows: 'the form' })
        if (away) return messageFor(edge, away)
        await openRollbackForm(edge, asker, asked, now)
        return undefined
      }
      case 'changed': {
        const away = await turnedAway(edge, asker, { shows: 'the form' })
        if (away) return messageFor(edge, away)
        await openChangedForm(edge, asker, asked)
        return undefined
      }
      case 'together':
        return messageFor(
          edge,
          asked.dryRun
            ? await workflows.previewTogether(asked.request)
            : await workflows.requestTogether(asked.request, asker.delivery),
        )
      case 'request':
        return messageFor(
          edge,
          asked.dryRun
            ? await workflows.previewRollback(asked.request)
            : await workflows.requestRollback(asked.request, asker.delivery),
        )
    }
  },
}
