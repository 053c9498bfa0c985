import { type PersonId, personId } from '#domain/ids.ts'
import type { Source } from './source.ts'

/** People whom the configuration names by their Slack id; where no workspace stands before it, they belong to ours. `team` waits for Slack at the first start only. */
export function staticMembers(team: (signal: AbortSignal) => Promise<string>): Source {
  return {
    name: 'the configuration',
    async members({ members }, signal): Promise<readonly PersonId[] | undefined> {
      if (!members) return undefined
      const home = await team(signal)
      return members.map((user) => personId(user.includes(':') ? user : `${home}:${user}`))
    },
  }
}
