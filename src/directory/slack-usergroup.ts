import type { WebClient } from '@slack/web-api'
import { type PersonId, personId } from '#domain/ids.ts'
import { briefly } from './cache.ts'
import type { Source } from './source.ts'

/** Handles of groups change rarely, and listing them is slow (20 a minute): kept for ten minutes. */
const handlesMs = 10 * 60_000

/** Members of Slack user groups, by handle or id. Membership is at most 10 s old. */
export function slackUserGroups(
  client: WebClient,
  team: (signal: AbortSignal) => Promise<string>,
): Source {
  const fresh = briefly<readonly string[]>()
  let handles: { readonly at: number; readonly ids: ReadonlyMap<string, string> } | undefined

  const idOf = async (group: string): Promise<string> => {
    if (/^S[A-Z0-9]{6,20}$/.test(group)) return group
    const known = handles?.ids.get(group)
    if (known !== undefined && handles && performance.now() - handles.at < handlesMs) return known
    const { usergroups } = await client.usergroups.list({ include_users: false })
    const ids = new Map(
      (usergroups ?? []).flatMap(({ handle, id }) =>
        handle !== undefined && id !== undefined ? [[handle, id] as const] : [],
      ),
    )
    handles = { at: performance.now(), ids }
    const found = ids.get(group)
    if (found === undefined) throw new Error(`Slack knows no user group @${group}`)
    return found
  }

  return {
    name: 'Slack user groups',
    async members({ slackUserGroup }, signal): Promise<readonly PersonId[] | undefined> {
      if (slackUserGroup === undefined) return undefined
      const home = await team(signal)
      const users = await fresh(slackUserGroup, async () => {
        const { users: found } = await client.usergroups.users.list({
          usergroup: await idOf(slackUserGroup),
        })
        // Nobody and no answer are different things.
        if (!found) throw new Error(`Slack did not list @${slackUserGroup}`)
        return found
      })
      return users.map((user) => personId(`${home}:${user}`))
    },
  }
}
