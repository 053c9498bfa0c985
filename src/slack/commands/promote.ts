import { type Edge, messageFor, personOf } from '../edge.ts'
import { turnedAway } from '../turned-away.ts'
import type { Asked, Command } from './command.ts'
import { oneService } from './one-service.ts'
import { promoteWords } from './promote-words.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'

/** `/promote checkout --to 50`: its card is for everybody, the answer for whoever asked. */
export const promote: Command = {
  name: '',
  usage: '<service> [--to 50|full] [--dry-run]',
  help: 'Take the canary of a service forward, step by step through its gates; --to says how far, --dry-run only shows where it stands and what comes next',
  examples: ['checkout', 'checkout --to 50', 'checkout --dry-run'],
  answers: 'known members',
  run: answer,
}

async function answer(edge: Edge, { asker, command, words }: Asked) {
  const { catalogue, workflows } = edge
  const asked = promoteWords(words, command, catalogue)
  if (asked.kind === 'answer') return messageFor(edge, asked.answer)
  const { service, to, isDry } = asked
  const away = await turnedAway(edge, asker, { shows: command, service })
  if (away) return messageFor(edge, away)
  const request = { service, to, by: personOf(asker), channel: asker.channel }
  return messageFor(
    edge,
    isDry
      ? await workflows.previewPromotion(request)
      : await workflows.requestPromotion(request, asker.delivery),
  )
}

/** `/promote status checkout`. */
export const promoteStatus: Command = {
  name: 'status',
  usage: '<service>',
  help: 'Where the canary of a service stands, with every item of its gate; or how the last one ended',
  examples: ['status checkout'],
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { catalogue, workflows } = edge
    const asked = oneService(words, `${command} status`, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    const { typed = '' } = asked
    const service = serviceNamed(typed, catalogue)
    if (!service) return messageFor(edge, unknownService(typed, catalogue))
    const away = await turnedAway(edge, asker, { shows: `${command} status`, service })
    return messageFor(edge, away ?? (await workflows.promotionStatus(service)))
  },
}
