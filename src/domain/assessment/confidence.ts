import type { Advice } from './advice.ts'
import type { Finding } from './finding.ts'
import type { Origin } from './origin.ts'
import { isOfInstances, type Reading } from './reading.ts'

/** How sure an answer is, and how many of the signals that were asked for stand behind it. */
export interface Confidence {
  readonly level: 'confident' | 'likely' | 'unsure'
  readonly answered: number
  readonly asked: number
}

/** With less than this share of the signals nobody is confident. */
const most = 0.6

/** Sure is what most signals answer and more than one of them – or a person – bears out; one step less where the origin is not known. */
export function confidenceIn(
  advice: Advice,
  readings: readonly Reading[],
  findings: readonly Finding[],
  origin: Origin,
): Confidence {
  // What a platform says of its instances is one answer, however many things it says.
  const counted = readings.filter(({ signal }) => signal === 'not-ready' || !isOfInstances(signal))
  const asked = counted.length
  // Where one rule knows and another one lacks what is normal, the signal has answered.
  const answered = counted.filter((reading) =>
    findings.some(({ state, signal }) => signal === reading.signal && state !== 'unknown'),
  ).length
  return { level: level(), answered, asked }

  function level(): Confidence['level'] {
    if (advice === 'inconclusive') return 'unsure'
    const isMost = asked > 0 && answered / asked >= most
    if (advice === 'watch') return isMost && isCounted(readings) ? 'confident' : 'likely'
    const isSure = isBorneOut(findings) && (isMost || isStated(findings))
    if (origin.kind === 'unknown') return isSure ? 'likely' : 'unsure'
    return isSure ? 'confident' : 'likely'
  }
}

/** No errors among nobody knows how many requests are a little less than none among thousands. */
const isCounted = (readings: readonly Reading[]): boolean =>
  readings.some(
    ({ signal, answer }) =>
      signal === 'error-rate' && answer.kind === 'value' && answer.requests !== null,
  )

const isBorneOut = (findings: readonly Finding[]): boolean =>
  isStated(findings) || witnesses(findings) > 1

/** However much a platform says of its instances, it is one witness. */
function witnesses(findings: readonly Finding[]): number {
  const speaking = findings.filter(({ state }) => state === 'fired' || state === 'sign')
  const others = speaking.filter(({ signal }) => !isOfInstances(signal))
  return others.length + (others.length < speaking.length ? 1 : 0)
}

const isStated = (findings: readonly Finding[]): boolean =>
  findings.some(({ signal, state }) => signal === 'statement' && state === 'fired')
