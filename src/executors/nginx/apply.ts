import { setTimeout as sleep } from 'node:timers/promises'
import { ranSince } from '#executors/ran-since.ts'
import type { Revisions } from '#ports/store.ts'
import { NeedsPerson, Refused, Superseded } from '#ports/executor.ts'
import { askSlot, revisionOf } from './ask.ts'
import { type NginxParts, nameOf } from './context.ts'
import {
  divisionIn,
  fileFor,
  isSame,
  replaceText,
  textOf,
  Unreadable,
  wantedSlot,
  wordsFor,
} from './file.ts'
import type { Division, NginxChange, NginxTarget } from './schema.ts'
import { templateOf } from './seen.ts'

const attempts = 6
const usualRetryMs = 200

/**
 * Makes one change, once, however often it is called. The slot is asked first; what nginx's test refuses is put back as it was.
 * A file that is written already is loaded once more: whether a process that ended came so far, no number of answers proves.
 */
export async function apply(
  parts: NginxParts,
  change: NginxChange,
  signal: AbortSignal,
): Promise<void> {
  const { target, before, after, undoes } = change
  const { program, revisions, retryMs = usualRetryMs } = parts
  for (let attempt = 1; ; attempt += 1) {
    const text = await textOf(target).catch(gone(target))
    const now = divisionOf(text, target)
    const isWritten = isSame(now, after)
    if (!isWritten && !isSame(now, before)) {
      const mayBeOvertaken = change.kind === 'divide' && !undoes
      if (mayBeOvertaken && (await ranSince(revisions, change.workload, change))) return
      throw new Superseded(`${target.upstream} was switched to ${wordsFor(now)} meanwhile`)
    }
    if (!undoes) await expectWell(change, isWritten, signal)
    const written = isWritten ? text : fileFor(target, after)
    const former = isWritten ? fileFor(target, before) : text
    const replace = (read: string, by: string) =>
      replaceText(target, read, by, program.expectMayChange)
    if (!isWritten && !(await replace(text, written))) continue
    const tested = await program.test(target.sudo, signal).catch(async (error: unknown) => {
      // nginx was told nothing yet.
      if (!isWritten) await replace(written, former)
      throw error
    })
    if (tested.code !== 0 && isWritten)
      throw new NeedsPerson(
        `nginx may serve by it already: ${target.file} was written before, and nginx refuses its configuration by now: ${parts.scrub(tested.says)}. Mend what it names, then try again`,
      )
    if (tested.code !== 0) {
      const isBack = await replace(written, former)
      const why = `nginx refuses its configuration: ${parts.scrub(tested.says)}`
      if (isBack) throw new Refused('load', nameOf(target), `${why}; ${target.file} is as it was`)
      throw new NeedsPerson(`${why}; and somebody else wrote ${target.file} meanwhile`)
    }
    const { code, says } = await program.reload(target.sudo)
    if (code === 0) return remember(revisions, change)
    if (attempt >= attempts) {
      const isBack = await replace(written, former)
      throw new Error(
        `nginx was not told to load ${target.file}, which is ${isBack ? 'as it was' : 'another by now'}: ${says}`,
      )
    }
    await sleep(retryMs * attempt, undefined, { signal })
  }
}

const gone =
  (target: NginxTarget) =>
  (error: unknown): never => {
    if (error instanceof Unreadable) throw new Superseded(`${nameOf(target)}: ${error.message}`)
    throw error
  }

function divisionOf(text: string, target: NginxTarget): Division {
  try {
    return divisionIn(text, target)
  } catch (error) {
    return gone(target)(error)
  }
}

/** The slot that gets requests is well and has what was approved; the other one still has what they are taken from. */
async function expectWell(
  { target, after, from, to, name }: NginxChange,
  isWritten: boolean,
  signal: AbortSignal,
): Promise<void> {
  const slot = wantedSlot(after)
  const other = Object.keys(target.slots).find((one) => one !== slot) ?? ''
  const [wanted, left] = await Promise.all([
    askSlot(target, slot, signal),
    isWritten ? undefined : askSlot(target, other, signal),
  ])
  const problem = !wanted.ok
    ? `slot ${slot} ${wanted.why}`
    : wanted.version === undefined || revisionOf(wanted.version) !== to
      ? `slot ${slot} has ${wanted.version ?? 'an unknown version'}, not ${name}`
      : left?.version !== undefined && revisionOf(left.version) !== from
        ? `slot ${other} has ${left.version} by now`
        : undefined
  if (problem === undefined) return
  if (isWritten) throw new NeedsPerson(`${problem}, and ${target.file} names it already`)
  throw new Superseded(`${problem}; nothing was switched`)
}

/** That it was made is known from then on, whatever is switched over it. */
async function remember(revisions: Revisions, change: NginxChange): Promise<void> {
  const { workload, to, name, after } = change
  const known = await revisions.known(workload)
  if (known.some(({ revision, running }) => running && revision === to)) return
  const slot = wantedSlot(after)
  await revisions.saw(workload, {
    revision: to,
    name,
    template: (await revisions.template(workload, to)) ?? templateOf(slot, name.replace(/^v/, '')),
    running: true,
    healthy: false,
    servedMicros: 0,
    digests: {},
    began: { at: undefined, orEarlier: false },
  })
}
