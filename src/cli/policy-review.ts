import { answered, whoActs } from './answered.ts'
import { type Command, Misused } from './command.ts'
import { deskFlags, deskOptions, deskUsage, takeFlags } from './own-flags.ts'

export const policyReview: Command = {
  name: 'policy review',
  usage: `[version] ${deskUsage}`,
  help: 'Which policy is in force; with its version, say that you have looked at what it changes. Two people must.',
  example: 'policy review 3f9ac2d41b07',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskFlags)
    const [version, ...more] = rest
    if (more.length > 0 || version?.startsWith('-') === true)
      throw new Misused('Name one version, as it was shown')
    const needs = version === undefined ? 'reading' : 'identity'
    await using desk = await terminal.openDesk(deskOptions(flags, needs))
    if (version === undefined) return await answered(desk, terminal, await desk.workflows.policy())
    const { person: by } = whoActs(desk)
    const review = { version, by, delivery: desk.delivery() }
    return await answered(desk, terminal, await desk.workflows.reviewPolicy(review))
  },
}
