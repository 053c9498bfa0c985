import type { AutomationAsked } from '#domain/automation/asked.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import { hours, type Instant, plus } from '#domain/time.ts'
import { sortWords } from './flags.ts'
import { momentOf } from './moments.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'
import type { Word } from './words.ts'

export const automationUsage = '[off|on] <service|everything> [--until 2h|18:00] [--reason …]'

type AutomationWords = AutomationAsked | { readonly kind: 'answer'; readonly answer: Answer }

interface Around {
  readonly command: string
  readonly catalogue: Catalogue
  readonly now: Instant
}

/** What is switched off for longer is better taken out of the configuration, where it is seen. */
const longest = hours(30 * 24)

/** `off for checkout until 18:00 --reason …` is read as `off checkout --until 18:00 --reason …`. */
export function automationWords(words: readonly Word[], around: Around): AutomationWords {
  const { command, catalogue, now } = around
  const { positional, flags, problems } = sortWords(plainly(words), {
    until: 'words',
    reason: 'words',
  })
  const [first, ...others] = positional
  const to = first === 'off' || first === 'on' ? first : undefined
  const [typed, ...more] = to === undefined ? positional : others
  const reason = flags.reason?.trim() ?? ''
  const until = flags.until === undefined ? undefined : momentOf(flags.until, now, 'forward')
  const all = [
    ...problems,
    ...(typed === undefined ? ['Name the service.'] : []),
    ...(more.length > 0 ? [`“${more.join(' ').slice(0, 80)}” was not understood.`] : []),
    ...(to !== undefined && reason === '' ? ['Say why: put it behind --reason.'] : []),
    ...(to === 'off' ? untilProblems(until, now) : []),
    ...(to !== 'off' && flags.until !== undefined ? ['--until goes with off.'] : []),
    ...(to === undefined && flags.reason !== undefined ? ['Say off or on in front.'] : []),
  ]
  const services = typed === undefined ? [] : servicesNamed(typed, catalogue)
  const [service] = services
  if (all.length > 0 || typed === undefined) {
    const example = `${command} off ${service ?? [...catalogue.keys()][0] ?? 'checkout'} --until 2h --reason "a load test"`
    return { kind: 'answer', answer: { kind: 'usage', command, problems: all, example } }
  }
  if (!service) return { kind: 'answer', answer: nothingNamed(typed, catalogue) }
  return to === undefined
    ? { kind: 'show', services }
    : { kind: to, services, until: to === 'off' ? (until ?? null) : null, reason }
}

/** Every service that automation is configured for; one that is really called so is meant by it. */
const everything = 'everything'

const servicesNamed = (typed: string, catalogue: Catalogue): readonly ServiceId[] => {
  const one = serviceNamed(typed, catalogue)
  if (one) return [one]
  return typed === everything
    ? [...catalogue.values()].flatMap(({ id, automation }) => (automation ? [id] : []))
    : []
}

const nothingNamed = (typed: string, catalogue: Catalogue): Answer =>
  typed === everything
    ? { kind: 'not_written', why: 'No automation is configured for any service.' }
    : unknownService(typed, catalogue)

/** The same words without the small ones. */
function plainly(words: readonly Word[]): readonly Word[] {
  const flag = words.findIndex(({ text, quoted }) => !quoted && text.startsWith('--'))
  const head = flag < 0 ? words : words.slice(0, flag)
  return [
    ...head
      .filter(({ text, quoted }) => quoted || text !== 'for')
      .map((word) => (!word.quoted && word.text === 'until' ? { ...word, text: '--until' } : word)),
    ...(flag < 0 ? [] : words.slice(flag)),
  ]
}

function untilProblems(until: Instant | undefined, now: Instant): readonly string[] {
  if (until === undefined)
    return ['Say until when with --until: how long (2h), or a time in UTC (18:00).']
  if (until > plus(now, longest))
    return ['--until reaches 30 days at most. For longer, say mode: off in the configuration.']
  return []
}
