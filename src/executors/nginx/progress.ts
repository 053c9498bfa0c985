import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#ports/executor.ts'
import { askSlot, revisionOf, sampled, samplesFor } from './ask.ts'
import type { NginxParts } from './context.ts'
import { isSame, readDivision, Unreadable, wordsFor } from './file.ts'
import type { NginxChange } from './schema.ts'

const usualMs = 500
/** A reload is done within a second; one that was refused shows only by what goes on answering. */
const mostLooks = 30

/** Follows what answers through nginx until it is the wanted version alone, for two looks in a row. */
export async function* progress(
  { lookEveryMs = usualMs }: NginxParts,
  change: NginxChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  let inRow = 0
  let last = ''
  try {
    for (let looks = 1; ; looks += 1) {
      const { problem, isOver } = await look(change, signal)
      inRow = problem === undefined ? inRow + 1 : 0
      if (inRow === 2) return yield { kind: 'settled', ready: 1, wanted: 1 }
      if (problem !== undefined && (isOver || looks >= mostLooks))
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

/** What is still wrong with the answers. A share that is to go, or to come back, is looked for as long as its size asks for. */
async function problemOf(
  { target, after, before, to, name }: NginxChange,
  signal: AbortSignal,
): Promise<string | undefined> {
  const share = Math.min(before.canary?.percent ?? 100, after.canary?.percent ?? 100)
  const { versions, isPartly } = await sampled(target, samplesFor(share), signal)
  const hasCome = versions.some((one) => revisionOf(one) === to)
  const refused = 'if that stays so, nginx refused the reload, see its error log'
  if (after.canary) {
    const { ok } = await askSlot(target, after.canary.slot, signal)
    // The version that was to be taken away may well be ill: then it is what does not answer as it should.
    if (hasCome || (isPartly && !ok)) return undefined
    return `${name} does not answer for its ${after.canary.percent} % yet: ${refused}`
  }
  if (isPartly) {
    const { ok, why } = await askSlot(target, after.serving, signal)
    return ok ? 'nginx does not answer everything' : `slot ${after.serving} ${why}`
  }
  const wrong = versions.find((one) => revisionOf(one) !== to)
  return wrong === undefined ? undefined : `${wrong} still answers beside ${name}: ${refused}`
}
