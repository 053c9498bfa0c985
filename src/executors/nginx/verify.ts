import type { CanaryGoal } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { revisionOf, type Sampled, sampled, versionName } from './ask.ts'
import type { NginxParts } from './context.ts'
import { Unreadable, wordsFor } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { idOf, see, type Seen } from './seen.ts'
import { samplesFor } from './shares.ts'

/** A usual share of a canary, in percent. Whichever there was is known here no more; the step itself has looked for it. */
const smallest = 5
/** A service that fails now and then does so in every version: a share of all answers. */
export const usualFailures = 0.01
/** For a look that counts nothing. */
const aFew = 8

/** Asserts that the version, and only it, answers through nginx, and that its slot is well by itself. */
export async function verify(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  { id: to }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await readable(see(parts, target, signal))
  if (seen instanceof Unreadable) return [unreadable(seen)]
  const { division, newest } = seen
  const answers = await sampled(target.spec, samplesFor(smallest), signal)
  const isAll =
    answers.failed <= Math.floor(answers.count * usualFailures) &&
    answers.versions.size > 0 &&
    [...answers.versions.keys()].every((one) => revisionOf(one) === to)
  return [
    {
      id: 'units',
      result: newest.answered.ok && idOf(newest) === to ? 'passed' : 'failed',
      text: `slot ${newest.slot} ${newest.answered.ok ? 'is healthy' : newest.answered.why} · requests go to ${wordsFor(division)}`,
    },
    {
      id: 'serving',
      result: isAll && division.canary === null ? 'passed' : 'failed',
      text: wordsOf(answers),
    },
  ]
}

/**
 * Asserts that a canary has its share by the file, that nobody but the two answers through nginx, and that both slots are well by
 * themselves. The share was counted when it was moved, and is not counted again: production would be asked thousands of times a look.
 */
export async function verifyShare(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  { share, canary, stable }: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await readable(see(parts, target, signal))
  if (seen instanceof Unreadable) return [unreadable(seen)]
  const { division, newest, other } = seen
  const answers = await sampled(target.spec, aFew, signal)
  const found = [...answers.versions.keys()].map(revisionOf)
  const isOneOfBoth = found.length > 0 && found.every((id) => id === canary.id || id === stable.id)
  const isDivided = division.canary?.percent === share
  const ill = [newest, other].filter(({ answered }) => !answered.ok)
  const isThem = idOf(newest) === canary.id && idOf(other) === stable.id
  return [
    {
      id: 'units',
      result: isThem && ill.length === 0 ? 'passed' : 'failed',
      text: `${healthOf(seen)} · requests go to ${wordsFor(division)}`,
    },
    {
      id: 'serving',
      result: isOneOfBoth && isDivided ? 'passed' : 'failed',
      text: wordsOf(answers),
    },
  ]
}

const readable = (seen: Promise<Seen>): Promise<Seen | Unreadable> =>
  seen.catch((error: unknown) => {
    if (error instanceof Unreadable) return error
    throw error
  })

const unreadable = ({ message }: Unreadable): Check => ({
  id: 'units',
  result: 'failed',
  text: message,
})

function healthOf({ slots }: Seen): string {
  const ill = slots.filter(({ answered }) => !answered.ok)
  return ill.length === 0
    ? 'both slots are healthy'
    : ill.map(({ slot, answered }) => `slot ${slot} ${answered.why}`).join(', ')
}

function wordsOf({ versions, failed }: Sampled): string {
  const named = [...[...versions.keys()].map(versionName), ...(failed > 0 ? ['no version'] : [])]
  return `through nginx ${named.join(' and ')} ${named.length > 1 ? 'answer' : 'answers'}`
}
