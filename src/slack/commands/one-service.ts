import type { Catalogue } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { sortWords } from './flags.ts'
import type { Word } from './words.ts'

/** For subcommands that take a service and nothing else. */
export function oneService(
  words: readonly Word[],
  command: string,
  catalogue: Catalogue,
):
  | { readonly kind: 'typed'; readonly typed: string | undefined }
  | { readonly kind: 'answer'; readonly answer: Answer } {
  const { positional, problems } = sortWords(words, {})
  const [typed, ...more] = positional
  const all =
    problems.length > 0 || more.length > 0 ? [`${command} takes one service and no flags.`] : []
  return all.length === 0
    ? { kind: 'typed', typed }
    : {
        kind: 'answer',
        answer: {
          kind: 'usage',
          command,
          problems: all,
          example: `${command} ${[...catalogue.keys()][0] ?? 'checkout'}`,
        },
      }
}
