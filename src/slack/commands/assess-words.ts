import type { Catalogue } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import { sortWords } from './flags.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'
import type { Word } from './words.ts'

export type AssessWords =
  | {
      readonly kind: 'asked'
      readonly service: ServiceId
      readonly why: boolean
      readonly canary: boolean
    }
  | { readonly kind: 'answer'; readonly answer: Answer }

const flags = { why: 'none', canary: 'none' } as const

/** What `/assess …` asks for: one service, exactly as configured. */
export function assessWords(
  words: readonly Word[],
  command: string,
  catalogue: Catalogue,
): AssessWords {
  const sorted = sortWords(words, flags)
  const [typed = '', ...more] = sorted.positional
  const problems = [
    ...sorted.problems,
    ...(more.length > 0
      ? [`One service at a time: “${more.join(' ').slice(0, 80)}” is too much.`]
      : []),
  ]
  if (problems.length > 0) {
    const example = `${command} ${[...catalogue.keys()][0] ?? 'checkout'} --why`
    return { kind: 'answer', answer: { kind: 'usage', command, problems, example } }
  }
  const service = serviceNamed(typed, catalogue)
  return service
    ? {
        kind: 'asked',
        service,
        why: sorted.flags.why !== undefined,
        canary: sorted.flags.canary !== undefined,
      }
    : { kind: 'answer', answer: unknownService(typed, catalogue) }
}
