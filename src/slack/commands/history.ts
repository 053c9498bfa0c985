import { messageFor } from '../edge.ts'
import { turnedAway } from '../turned-away.ts'
import type { Command } from './command.ts'
import { oneService } from './one-service.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'

export const history: Command = {
  name: 'history',
  usage: '<service>',
  help: 'The versions a service could go back to: image, age, who shipped it, what is known of it',
  examples: ['history checkout'],
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { catalogue, workflows } = edge
    const asked = oneService(words, `${command} history`, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    if (asked.typed === undefined)
      return messageFor(edge, {
        kind: 'usage',
        command: `${command} history`,
        problems: ['Name the service whose versions you want to see.'],
        example: `${command} history ${[...catalogue.keys()][0] ?? 'checkout'}`,
      })
    const service = serviceNamed(asked.typed, catalogue)
    if (!service) return messageFor(edge, unknownService(asked.typed, catalogue))
    const away = await turnedAway(edge, asker, { shows: `${command} history`, service })
    return messageFor(edge, away ?? (await workflows.history(service)))
  },
}
