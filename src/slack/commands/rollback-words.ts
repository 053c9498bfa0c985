import type { Catalogue } from '#domain/catalogue.ts'
import { commandWords, nearestNames } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { type PersonId, type ServiceId, serviceId } from '#domain/ids.ts'
import { nearest } from '#domain/nearest.ts'
import { type Severity, severities } from '#domain/incident/severity.ts'
import { mostTogether } from '#domain/rollback/together.ts'
import type { RollbackRequest, TogetherRequest } from '#domain/rollback/request.ts'
import type { Instant } from '#domain/time.ts'
import { type Sorted, sortWords } from './flags.ts'
import { isNextWindow, momentOf } from './moments.ts'
import type { Word } from './words.ts'

export const rollbackFlags = {
  to: 'word',
  reason: 'words',
  severity: 'word',
  since: 'words',
  at: 'words',
  combined: 'none',
  'dry-run': 'none',
  'changed-since': 'words',
  namespace: 'word',
} as const

export const rollbackUsage =
  '[service …] [--to <revision|tag|digest>] [--reason …] [--severity low|medium|high|critical] [--since 10m|14:20] [--at 22:00|next window] [--combined] [--dry-run], or --changed-since 14:20 [--namespace <name>]'

export type RollbackWords =
  | { readonly kind: 'request'; readonly request: RollbackRequest; readonly dryRun: boolean }
  /** Several services, one after the other. */
  | { readonly kind: 'together'; readonly request: TogetherRequest; readonly dryRun: boolean }
  /** What went out since then is listed, and what of it is rolled back is chosen. */
  | {
      readonly kind: 'changed'
      readonly since: Instant
      readonly namespace: string | undefined
      readonly reason: string | undefined
    }
  /** No service was named: people choose in a form; what they typed is filled in. */
  | {
      readonly kind: 'form'
      readonly reason: string | undefined
      readonly severity: Severity | undefined
      readonly to: string | undefined
    }
  | { readonly kind: 'answer'; readonly answer: Answer }

export interface Around {
  readonly command: string
  readonly catalogue: Catalogue
  readonly by: PersonId
  readonly now: Instant
}

/** What `/rollback …` asks for. A service is one only as the catalogue spells it; everything else gets one clear sentence. */
export function rollbackWords(words: readonly Word[], around: Around): RollbackWords {
  const { command, catalogue, by, now } = around
  const sorted = sortWords(words, rollbackFlags)
  const { positional, flags } = sorted
  const [typed, ...more] = positional
  const since = flags.since === undefined ? undefined : momentOf(flags.since, now, 'back')
  const at = flags.at === undefined ? undefined : beginning(flags.at, now)
  const window = flags['changed-since']
  const changed = window === undefined ? undefined : momentOf(window, now, 'back')
  const commands = typed === undefined ? [] : commandsMeant(typed, around)
  if (typed !== undefined && commands.length > 0)
    return { kind: 'answer', answer: { ...unknownService(typed, catalogue), commands } }
  const problems = [
    ...sorted.problems,
    ...problemsWith(sorted, more, { since, at, now }, catalogue),
    ...windowProblems(sorted, changed),
  ]
  if (problems.length > 0)
    return {
      kind: 'answer',
      answer: {
        kind: 'usage',
        command,
        problems,
        example: `${command} ${exampleService(catalogue, typed)} ${exampleFlag(problems)}`,
      },
    }

  if (changed !== undefined)
    return {
      kind: 'changed',
      since: changed,
      namespace: flags.namespace,
      reason: flags.reason?.trim(),
    }
  const severity = severities.find((one) => one === flags.severity)
  const reason = flags.reason?.trim()
  if (typed === undefined) return { kind: 'form', reason, severity, to: flags.to }
  const services = positional.map((one) => serviceNamed(one, catalogue))
  const unknown = positional.find((_, index) => services[index] === undefined)
  if (unknown !== undefined) return { kind: 'answer', answer: unknownService(unknown, catalogue) }
  const named = [...new Set(services.filter((one) => one !== undefined))]
  const [service] = named
  if (service === undefined) return { kind: 'answer', answer: unknownService(typed, catalogue) }
  const dryRun = flags['dry-run'] !== undefined
  if (named.length > 1) {
    const asked = { by, services: named, reasonKind: 'other', severity, since } as const
    const why = reason ?? `rollback of ${named.join(', ')} asked for with ${command}`
    return { kind: 'together', request: { ...asked, reason: why }, dryRun }
  }
  const request: RollbackRequest = {
    by,
    service,
    to: flags.to,
    reason: reason ?? `rollback of ${service} asked for with ${command}`,
    reasonKind: 'other',
    severity,
    since,
    notBefore: at,
    ...(flags.combined === undefined ? {} : { isCombined: true as const }),
  }
  return { kind: 'request', request, dryRun }
}

/** Exactly as configured: no other spelling, alphabet or near match becomes a service (threats T061–T065). */
export function serviceNamed(typed: string, catalogue: Catalogue): ServiceId | undefined {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(typed) && catalogue.has(typed)
    ? serviceId(typed)
    : undefined
}

/** `/rollback statsu`: no service, and close to something else that can be typed here. Offered, never picked. */
const commandsMeant = (typed: string, { command, catalogue }: Around): readonly string[] =>
  serviceNamed(typed, catalogue)
    ? []
    : nearest(commandWords, typed.slice(0, 80)).map((word) => `${command} ${word}`)

export const unknownService = (
  typed: string,
  catalogue: Catalogue,
): Extract<Answer, { kind: 'unknown_service' }> => ({
  kind: 'unknown_service',
  typed: typed.slice(0, 80),
  nearest: nearestNames(catalogue, typed.slice(0, 80)),
})

function problemsWith(
  { flags, positional }: Sorted<typeof rollbackFlags>,
  more: readonly string[],
  moments: {
    readonly since: Instant | undefined
    readonly at: RollbackRequest['notBefore']
    readonly now: Instant
  },
  catalogue: Catalogue,
): readonly string[] {
  const problems: string[] = []
  const words = more.filter((one) => !serviceNamed(one, catalogue))
  if (words.length > 0)
    problems.push(
      `“${words.join(' ').slice(0, 80)}” is no service that is configured. Put a reason behind --reason.`,
    )
  for (const name of ['to', 'at', 'combined'] as const)
    if (more.length > 0 && flags[name] !== undefined)
      problems.push(`--${name} goes with one service: ask for each on its own.`)
  const [first] = positional
  const service = first === undefined ? undefined : serviceNamed(first, catalogue)
  if (flags.combined !== undefined && service && !catalogue.get(service)?.flags)
    problems.push(
      `--combined switches flags off first, and ${service} has none that are configured: leave it out.`,
    )
  if (more.length >= mostTogether) problems.push(`At most ${mostTogether} services go together.`)
  if (flags.to !== undefined && !isRevisionName(flags.to))
    problems.push(
      `--to takes a revision number, an image tag or at least 12 figures of a sha256: digest; “${flags.to.slice(0, 80)}” names no version that stays.`,
    )
  if (flags.severity !== undefined && !severities.some((one) => one === flags.severity))
    problems.push(`--severity is one of ${severities.join(', ')}${hint(flags.severity)}`)
  if (flags.since !== undefined && moments.since === undefined)
    problems.push('--since takes how long ago (10m) or a time in UTC (14:20).')
  if (flags.at !== undefined && moments.at === undefined)
    problems.push(
      '--at takes a time in UTC (22:00, or 2026-11-21T22:00Z), or the words “next window”.',
    )
  if (typeof moments.at === 'number' && moments.at < moments.now)
    problems.push('--at lies in the past. Leave it out to begin as soon as it is approved.')
  if (positional.length === 0)
    for (const name of ['since', 'at', 'combined', 'dry-run'] as const)
      if (flags[name] !== undefined && flags['changed-since'] === undefined)
        problems.push(
          `--${name} needs a service in front of it; or leave it out and choose in the form.`,
        )
  return problems
}

/** It lists services, so none is named beside it. */
function windowProblems(
  { flags, positional }: Sorted<typeof rollbackFlags>,
  changed: Instant | undefined,
): readonly string[] {
  const asked = flags['changed-since']
  if (asked === undefined)
    return flags.namespace === undefined ? [] : ['--namespace goes with --changed-since.']
  const beside = (['to', 'since', 'at', 'severity', 'combined', 'dry-run'] as const).filter(
    (name) => flags[name] !== undefined,
  )
  return [
    ...(changed === undefined
      ? ['--changed-since takes how long ago (30m) or a time in UTC (14:20).']
      : []),
    ...(positional.length > 0
      ? ['--changed-since lists what changed: leave the service out, and choose in the form.']
      : []),
    ...beside.map((name) => `--${name} does not go with --changed-since.`),
  ]
}

const beginning = (typed: string, now: Instant): RollbackRequest['notBefore'] =>
  isNextWindow(typed) ? 'next window' : momentOf(typed, now, 'forward')

/** A positive whole number that is exact, a digest, or a tag, which later must name a known revision (threat T067). */
function isRevisionName(text: string): boolean {
  if (/^\d+$/.test(text)) return /^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))
  if (text.startsWith('sha256:')) return /^sha256:[0-9a-f]{12,64}$/.test(text)
  return /^[A-Za-z0-9_][\w.-]{0,127}$/.test(text) && text.toLowerCase() !== 'latest'
}

const hint = (typed: string): string => {
  const [close] = nearest(severities, typed)
  return close === undefined ? '.' : `; did you mean ${close}?`
}

/** The flag that was not understood, typed as it should be. */
const exampleFlag = (problems: readonly string[]): string =>
  ['--to 41', '--severity high', '--since 10m', '--at 22:00'].find((flag) =>
    problems.some((problem) => problem.split(' ')[0] === flag.split(' ')[0]),
  ) ?? '--reason "errors after deploy"'

/** For showing how it is typed; the one that was meant where it is one. */
const exampleService = (catalogue: Catalogue, typed: string | undefined): string =>
  (typed === undefined ? undefined : serviceNamed(typed, catalogue)) ??
  [...catalogue.keys()][0] ??
  'checkout'
