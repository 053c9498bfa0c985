import { messageFor, personOf } from '../edge.ts'
import { turnedAway } from '../turned-away.ts'
import type { Command } from './command.ts'

/** `/rollback policy review 3f9ac2d41b07`: a change of who may decide is looked at by two people. */
export const policy: Command = {
  name: 'policy',
  usage: '[review <version>]',
  help: 'Which policy is in force; review a change of who may decide: two people, one of them of the last window’s level',
  examples: ['policy', 'policy review 3f9ac2d41b07'],
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { workflows } = edge
    const away = await turnedAway(edge, asker, { shows: `${command} policy` })
    if (away) return messageFor(edge, away)
    const [first, version, ...more] = words.map(({ text }) => text)
    if (first === undefined) return messageFor(edge, await workflows.policy())
    if (first !== 'review' || version === undefined || more.length > 0)
      return messageFor(edge, {
        kind: 'usage',
        command: `${command} policy`,
        problems: ['Say review, and the version that is to be reviewed.'],
        example: `${command} policy review 3f9ac2d41b07`,
      })
    const review = { version, by: personOf(asker), delivery: asker.delivery }
    return messageFor(edge, await workflows.reviewPolicy(review))
  },
}
