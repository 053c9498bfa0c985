import type { Catalogue } from '#domain/catalogue.ts'
import { SuggestionPayload } from './schema.ts'

/** Slack takes 100 options. */
const most = 100

/** What a searchable list of services offers for what was typed so far: names that hold it, those that begin with it first. */
export function serviceOptions(catalogue: Catalogue, body: unknown): unknown {
  const { data } = SuggestionPayload.safeParse(body)
  const typed = data?.value.toLowerCase() ?? ''
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
