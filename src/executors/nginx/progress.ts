import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#ports/executor.ts'
import { askSlot, revisionOf, sampled } from './ask.ts'
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

async function look(
  { target, after, before, to, name }: NginxChange,
  signal: AbortSignal,
): Promise<Looked> {
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
  const versions = await sampled(target, signal)
  if (versions.includes(undefined)) {
    const { ok, why } = await askSlot(target, after.serving, signal)
    return {
      problem: ok ? 'nginx does not answer everything' : `slot ${after.serving} ${why}`,
      isOver: false,
    }
  }
  // While a share goes elsewhere, every version may answer.
  const wrong = after.canary
    ? undefined
    : versions.find((one) => one !== undefined && revisionOf(one) !== to)
  return {
    problem:
      wrong === undefined
        ? undefined
        : `${wrong} still answers beside ${name}: if that stays so, nginx refused the reload, see its error log`,
    isOver: false,
  }
}
