import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#ports/executor.ts'
import { askSlot, revisionOf, type Sampled, sampled } from './ask.ts'
import type { NginxParts } from './context.ts'
import { isSame, readDivision, Unreadable, wantedSlot, wordsFor } from './file.ts'
import type { NginxChange } from './schema.ts'
import { proofOf, shareOf } from './shares.ts'
import { usualFailures } from './verify.ts'

const usualMs = 500
/** A reload is done within a second; one that was refused shows only by what goes on answering. */
const mostLooks = 30

/** Follows what answers through nginx until it is the wanted version alone, for two looks in a row. Nor is a file that names somebody else, or is not there, believed at one look: it may be being written. */
export async function* progress(
  { lookEveryMs = usualMs }: NginxParts,
  change: NginxChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  let [inRow, overInRow] = [0, 0]
  let last = ''
  try {
    for (let looks = 1; ; looks += 1) {
      const { problem, isOver } = await look(change, signal)
      inRow = problem === undefined ? inRow + 1 : 0
      overInRow = isOver ? overInRow + 1 : 0
      if (inRow === 2) return yield { kind: 'settled', ready: 1, wanted: 1 }
      if (problem !== undefined && (overInRow === 2 || looks >= mostLooks))
        return yield { kind: 'failed', message: problem, ready: 0, wanted: 1 }
      if (problem !== undefined && problem !== last)
        yield { kind: 'moving', ready: 0, wanted: 1, note: problem }
      last = problem ?? last
      await sleep(lookEveryMs, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

interface Looked {
  readonly problem: string | undefined
  /** Waiting will not mend it. */
  readonly isOver: boolean
}

async function look(change: NginxChange, signal: AbortSignal): Promise<Looked> {
  const { target, after, before } = change
  const division = await readDivision(target).catch((error: unknown) => {
    if (error instanceof Unreadable) return error
    throw error
  })
  if (division instanceof Unreadable)
    return { problem: `${target.upstream} is gone: ${division.message}`, isOver: true }
  if (!isSame(division, after))
    return {
      problem: isSame(division, before)
        ? `requests go to ${wordsFor(division)} still`
        : `superseded by ${wordsFor(division)}`,
      isOver: !isSame(division, before),
    }
  return { problem: await problemOf(change, signal), isOver: false }
}

/** What is still wrong with the answers. A share is looked for as long as its size, and how far it moves, ask for. */
async function problemOf(change: NginxChange, signal: AbortSignal): Promise<string | undefined> {
  const { target, after, before } = change
  const slot = wantedSlot(after)
  const proof = proofOf(shareOf(before, slot), shareOf(after, slot))
  const seen = await sampled(target, proof.samples, signal)
  if (after.canary === null) return problemOfAll(change, seen, signal)
  const own = answersOf(change, seen)
  if (own >= proof.fewest && own <= proof.most) return undefined
  const { ok, why } =
    seen.failed === 0 ? { ok: true, why: '' } : await askSlot(target, slot, signal)
  // A version that was to be taken away may well be ill: then it is what does not answer as it should.
  if (!ok && change.undoes && own + seen.failed >= proof.fewest) return undefined
  if (!ok && !change.undoes) return `slot ${slot} ${why}`
  const { name } = change
  return own === 0
    ? `${name} does not answer for its ${after.canary.percent} % yet: ${refused}`
    : `${name} answered ${own} of ${proof.samples} requests, not yet as ${after.canary.percent} % would: ${refused}`
}

async function problemOfAll(
  { target, after, to, name }: NginxChange,
  { versions, failed, count }: Sampled,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A service that fails now and then does so in every version.
  if (failed > Math.floor(count * usualFailures)) {
    const { ok, why } = await askSlot(target, after.serving, signal)
    return ok ? 'nginx does not answer everything' : `slot ${after.serving} ${why}`
  }
  const wrong = [...versions.keys()].find((one) => revisionOf(one) !== to)
  return wrong === undefined ? undefined : `${wrong} still answers beside ${name}: ${refused}`
}

const refused = 'if that stays so, nginx refused the reload, see its error log'

const answersOf = ({ to }: NginxChange, { versions }: Sampled): number =>
  [...versions].reduce((sum, [one, count]) => (revisionOf(one) === to ? sum + count : sum), 0)
