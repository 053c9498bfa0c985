import type { Catalogue } from '#domain/catalogue.ts'
import type { Workflows } from '#workflows/workflows.ts'
import { personOf } from './edge.ts'
import { SuggestionPayload } from './schema.ts'

/** Slack takes 100 options. */
const most = 100

/**
 * What a searchable list of services offers for what was typed so far: names that hold it, those that begin with it first. None for
 * whoever may not ask for a rollback, or is not known to.
 */
export async function serviceOptions(
  { catalogue, workflows }: { catalogue: Catalogue; workflows: Pick<Workflows, 'whoAsks'> },
  body: unknown,
): Promise<unknown> {
  const { data } = SuggestionPayload.safeParse(body)
  if (!data) return { options: [] }
  const { user, team } = data
  const by = personOf({ user: user.id, team: user.team_id ?? team?.id ?? 'T0' })
  if ((await workflows.whoAsks(by)).kind !== 'member') return { options: [] }
  const typed = data.value.toLowerCase()
  const found = [...catalogue.keys()]
    .filter((name) => name.includes(typed))
    .toSorted((a, b) => place(a, typed) - place(b, typed) || (a < b ? -1 : 1))
  return {
    options: found
      .slice(0, most)
      .map((name) => ({ text: { type: 'plain_text', text: name }, value: name })),
  }
}

const place = (name: string, typed: string): number => (name.startsWith(typed) ? 0 : 1)
