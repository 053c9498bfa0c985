import { setTimeout as sleep } from 'node:timers/promises'
import { ranSince } from '#executors/ran-since.ts'
import type { Revisions } from '#ports/store.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { askSlot, revisionOf, sampled } from './ask.ts'
import { type NginxParts, nameOf } from './context.ts'
import { fileFor, isSame, readDivision, textOf, Unreadable, wordsFor, writeText } from './file.ts'
import type { NginxChange } from './schema.ts'
import { templateOf } from './seen.ts'

const attempts = 6
const retryMs = 200

/**
 * Makes one change, once, however often it is called. The slot is asked first; what nginx's test refuses is put back as it was.
 * A file that is written already is loaded again unless the answers show that it was.
 */
export async function apply(
  parts: NginxParts,
  change: NginxChange,
  signal: AbortSignal,
): Promise<void> {
  const { target, before, after, undoes } = change
  for (let attempt = 1; ; attempt += 1) {
    const now = await readDivision(target).catch((error: unknown) => {
      if (error instanceof Unreadable) throw new Superseded(`${nameOf(target)}: ${error.message}`)
      throw error
    })
    const isWritten = isSame(now, after)
    if (isWritten && (await isLoaded(change, signal))) return remember(parts.revisions, change)
    if (!isWritten && !isSame(now, before)) {
      if (!undoes && (await ranSince(parts.revisions, change.workload, change))) return
      throw new Superseded(`${target.upstream} was switched to ${wordsFor(now)} meanwhile`)
    }
    if (!undoes) await expectWell(change, signal)
    const former = await textOf(target)
    if (!isWritten) await writeText(target, fileFor(target, after))
    const tested = await parts.program.test(target.sudo)
    if (tested.code !== 0) {
      await writeText(target, isWritten ? fileFor(target, before) : former)
      throw new NotAllowed('load', nameOf(target), {
        why: `nginx refuses it, and the file is as it was: ${parts.scrub(tested.says)}`,
      })
    }
    const { code, says } = await parts.program.reload(target.sudo)
    if (code === 0) return remember(parts.revisions, change)
    if (attempt >= attempts) {
      await writeText(target, isWritten ? fileFor(target, before) : former)
      throw new Error(`nginx was not told to load ${target.file}, which is as it was: ${says}`)
    }
    await sleep(retryMs * attempt, undefined, { signal })
  }
}

/** Only the wanted versions answer. */
async function isLoaded({ target, after, to }: NginxChange, signal: AbortSignal): Promise<boolean> {
  const seen = await sampled(target, signal)
  const wanted = after.canary ? undefined : to
  return (
    wanted !== undefined && seen.every((one) => one !== undefined && revisionOf(one) === wanted)
  )
}

async function expectWell(
  { target, after: { serving }, to, name }: NginxChange,
  signal: AbortSignal,
): Promise<void> {
  const { ok, version, why } = await askSlot(target, serving, signal)
  if (!ok) throw new Superseded(`slot ${serving} ${why}; nothing was switched`)
  if (version === undefined || revisionOf(version) !== to)
    throw new Superseded(
      `slot ${serving} has ${version ?? 'an unknown version'}, not ${name}; nothing was switched`,
    )
}

/** That it was made is known from then on, whatever is switched over it. */
async function remember(revisions: Revisions, change: NginxChange): Promise<void> {
  const { workload, to, name, after } = change
  const known = await revisions.known(workload)
  if (known.some(({ revision, running }) => running && revision === to)) return
  const slot = after.canary?.slot ?? after.serving
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
