import type { Catalogue } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import { sortWords } from './flags.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'
import type { Word } from './words.ts'

type PromoteWords =
  | {
      readonly kind: 'asked'
      readonly service: ServiceId
      readonly to: number
      readonly isDry: boolean
    }
  | { readonly kind: 'answer'; readonly answer: Answer }

export function promoteWords(
  words: readonly Word[],
  command: string,
  catalogue: Catalogue,
): PromoteWords {
  const { positional, flags, problems } = sortWords(words, { to: 'word', 'dry-run': 'none' })
  const [typed, ...more] = positional
  const to = shareOf(flags.to)
  const all = [
    ...problems,
    ...(typed === undefined ? ['Name the service whose canary is to go forward.'] : []),
    ...(more.length > 0 ? [`“${more.join(' ').slice(0, 80)}” was not understood.`] : []),
    ...(to === undefined ? ['--to takes a share between 1 and 100, such as 50, or full.'] : []),
  ]
  const service = typed === undefined ? undefined : serviceNamed(typed, catalogue)
  if (all.length > 0 || typed === undefined || to === undefined) {
    const example = `${command} ${service ?? [...catalogue.keys()][0] ?? 'checkout'} --to 50`
    return { kind: 'answer', answer: { kind: 'usage', command, problems: all, example } }
  }
  return service
    ? { kind: 'asked', service, to, isDry: flags['dry-run'] !== undefined }
    : { kind: 'answer', answer: unknownService(typed, catalogue) }
}

/** Percent; in full where nothing is said. */
function shareOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'full') return 100
  const share = /^(\d{1,3})%?$/.exec(text)?.[1]
  const percent = Number(share)
  return share !== undefined && percent >= 1 && percent <= 100 ? percent : undefined
}
