import type { PersonId } from '#domain/ids.ts'
import type { Edge } from '../edge.ts'
import { isRefused } from '../failure.ts'

/** At once; Slack takes up to 100. */
const most = 100

/** Brings people into a channel; those who are in it already, and those who cannot come, are passed over. */
export async function invite(
  { client, identity }: Pick<Edge, 'client' | 'identity'>,
  channel: string,
  people: readonly PersonId[],
): Promise<void> {
  const team = identity()?.team
  const users = [
    ...new Set(
      people.flatMap((person) => {
        const [home, user] = person.split(':')
        return user !== undefined && (team === undefined || home === team) ? [user] : []
      }),
    ),
  ].slice(0, most)
  if (users.length === 0) return
  try {
    await client.conversations.invite({ channel, users: users.join(','), force: true })
  } catch (error) {
    if (!isRefused(error, 'already_in_channel', 'cant_invite_self', 'user_not_found')) throw error
  }
}
