import { machineName } from '#domain/alerts/alert.ts'
import type { PersonId } from '#domain/ids.ts'

/** A piece of what is told: our own words and values as text, people by id, and words somebody wrote. Each surface shows them in its own way, and escapes them. */
export type Part =
  | string
  | { readonly person: PersonId | 'countermand' }
  | { readonly quote: string }
export type Telling = readonly Part[]

/** `tell\`approved by ${person(by)}\`` keeps what is inserted apart from the words around it. */
export function tell(
  strings: TemplateStringsArray,
  ...inserted: readonly (Part | Telling | number)[]
): Telling {
  return strings
    .flatMap((text, index): readonly Part[] => [text, ...partsOf(inserted[index])])
    .filter((part) => part !== '')
}

export const person = (id: PersonId | 'countermand'): Part => ({ person: id })
export const quoted = (quote: string): Part => ({ quote })

export const joined = (tellings: readonly Telling[], separator: string): Telling =>
  tellings.flatMap((telling, index) => (index === 0 ? telling : [separator, ...telling]))

/** Plain text, people by their ids. */
export const plainly = (telling: Telling): string =>
  telling
    .map((part) => {
      if (typeof part === 'string') return part
      return 'quote' in part ? `“${part.quote}”` : nameOf(part.person)
    })
    .join('')

/** Ids, never names: those live in a side table that can be erased. */
export const nameOf = (id: PersonId | 'countermand'): string =>
  id === 'countermand' ? 'Countermand' : (machineName(id) ?? id.split(':').at(-1) ?? id)

function partsOf(inserted: Part | Telling | number | undefined): readonly Part[] {
  if (inserted === undefined) return []
  if (typeof inserted === 'number') return [String(inserted)]
  return isTelling(inserted) ? inserted : [inserted]
}

const isTelling = (inserted: Part | Telling): inserted is Telling => Array.isArray(inserted)
