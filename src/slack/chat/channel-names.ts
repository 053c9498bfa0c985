import type { Edge } from '../edge.ts'

/** Slack knows channels by id; the configuration, which people write, by name. */
const known = new WeakMap<object, Map<string, string>>()

/** The id of a channel by its name, with or without `#`; `undefined` when we see no such channel. Remembered once found. */
export async function channelNamed(
  { client }: Pick<Edge, 'client'>,
  name: string,
): Promise<string | undefined> {
  const wanted = name.replace(/^#/, '')
  const names = known.get(client) ?? new Map<string, string>()
  known.set(client, names)
  const remembered = names.get(wanted)
  if (remembered !== undefined) return remembered

  let cursor: string | undefined
  do {
    const page = await client.conversations.list({
      types: 'public_channel,private_channel',
      exclude_archived: true,
      limit: 1_000,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { name: found, id } of page.channels ?? [])
      if (found !== undefined && id !== undefined) names.set(found, id)
    cursor = page.response_metadata?.next_cursor || undefined
  } while (cursor !== undefined && !names.has(wanted))
  return names.get(wanted)
}
