import { setTimeout as sleep } from 'node:timers/promises'
import type { Instant } from '#domain/time.ts'
import { LeftHalfway, NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { backUp } from './backup.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { isNoted, noteDone } from './done.ts'
import { answered, NoAnswer } from './failure.ts'
import { locked } from './lock.ts'
import { lookWith } from './look.ts'
import { backupAt } from './manifest.ts'
import { moveFor } from './move.ts'
import { busyText, onceQuiet } from './others.ts'
import type { Ran } from './run.ts'
import type { ChangeOf, DatabaseChange, DatabaseTarget } from './schema.ts'
import { startedAgain } from './started-again.ts'
import { moveOnce } from './tools.ts'

/** Answers that were lost, and failures that may pass: looked at and tried again this often. */
const attempts = 5
const usualRetryMs = 300
/** How long a migration is waited for at a time. */
const waitMs = 600_000

/** Makes one change, once, however often it is called: before every attempt it reads back where the schema stands. */
export async function apply(
  parts: DatabaseParts,
  change: DatabaseChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  if (change.kind === 'nothing') return
  for (let attempt = 1; ; attempt += 1) {
    try {
      await (change.kind === 'back_up'
        ? backUp(parts, change, signal)
        : migrate(parts, change, operation, signal))
      return
    } catch (error) {
      if (!(error instanceof NoAnswer) || attempt >= attempts) throw error
      await sleep((parts.retryMs ?? usualRetryMs) * attempt, undefined, { signal })
    }
  }
}

async function migrate(
  parts: DatabaseParts,
  change: ChangeOf<'migrate'>,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { target } = change
  const found = await locked(parts, target, async (client, hold) => {
    const wasDone = await isNoted(change, operation)
    let lastLeft = Number.POSITIVE_INFINITY
    let hasMoved = false
    let now: Instant
    for (;;) {
      const seen = await lookWith(parts, target, client, signal)
      if (seen.oid !== change.oid) throw new Superseded(`${nameOf(target)} is another one by now`)
      if (seen.migrating > 0)
        throw new NoAnswer(
          `a migration of ${nameOf(target)} that was begun before is still at work`,
        )
      now = seen.now
      const move = moveFor(change, seen, wasDone)
      if (move.kind === 'superseded') throw supersededBy(move.why, hasMoved)
      if (move.kind === 'dirty') throw new LeftHalfway(dirtyText(target, move.version))
      if (move.kind === 'nothing') break
      if (move.left >= lastLeft)
        throw new NeedsPerson('the tool says it is done, and nothing has moved')
      lastLeft = move.left
      await withBackup(change, hasMoved)
      const up = change.direction === 'down' && (await startedAgain(parts, target, signal))
      if (up) throw closedBy(change, up, hasMoved)
      const { busy } = await onceQuiet(parts, client, signal)
      if (busy.length > 0) throw closedBy(change, busyText(busy, parts.scrub), hasMoved)
      const { ended } = await moveOnce(parts, change, { left: move.left, found: seen.version })
      hold(ended)
      hasMoved = true
      const ran = await waitedFor(ended, parts.waitMs ?? waitMs, signal)
      if (ran === undefined)
        throw new NoAnswer(`the migration of ${nameOf(target)} is still at work`)
      if (ran.code !== 0)
        throw await failed(change, ran, () => lookWith(parts, target, client, signal))
    }
    parts.beforeChange?.()
    await noteDone(change, operation, now)
    return true
  })
  if (found === undefined) throw new Superseded(`${nameOf(target)} is gone`)
}

/** Nothing is taken down that could not be brought back by a person. */
async function withBackup(change: ChangeOf<'migrate'>, hasMoved: boolean): Promise<void> {
  if (change.direction === 'up' || (await backupAt(change.backup)) !== undefined) return
  const why = `the backup ${change.backup} is not there; without it nothing is taken down`
  throw closedBy(change, why, hasMoved)
}

const closedBy = ({ target }: ChangeOf<'migrate'>, why: string, hasMoved: boolean): Error =>
  hasMoved
    ? new NeedsPerson(`it was begun, and now ${why}`)
    : new NotAllowed('migrate', nameOf(target), { why })

/** Once something was moved, nobody may be told that nothing was. */
const supersededBy = (why: string, hasMoved: boolean): Error =>
  hasMoved ? new NeedsPerson(`it was begun, and then ${why}`) : new Superseded(why)

/** Waits, and ends nothing: what moves a schema is left to its end. `undefined` where it takes longer. */
async function waitedFor(
  ended: Promise<Ran>,
  ms: number,
  signal: AbortSignal,
): Promise<Ran | undefined> {
  const enough = new AbortController()
  const late = sleep(ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) })
  try {
    return await Promise.race([ended, late])
  } finally {
    enough.abort()
  }
}

/** What a failed run means is seen in the database. One that says why is an answer: it would only say it again, with everything stopped meanwhile. */
async function failed(
  change: ChangeOf<'migrate'>,
  ran: Ran,
  again: () => ReturnType<typeof lookWith>,
): Promise<Error> {
  const seen = await again()
  const version = seen.version ?? 'none'
  if (seen.isDirty)
    return new LeftHalfway(
      `${dirtyText(change.target, seen.version ?? 'nothing')}. It said: ${ran.said}`,
    )
  const message = `the migration failed and version ${version} is applied: ${ran.said}`
  return moveFor(change, seen, false).kind === 'nothing'
    ? new NoAnswer(message)
    : answered(ran, message)
}

/** Never forced by us: only whoever reads the schema knows how far it came. */
const dirtyText = (target: DatabaseTarget, version: string): string =>
  `version ${version} of ${nameOf(target)} is dirty: a migration stopped half way. What works on it stays stopped; look at the schema, mend it by hand, and then tell ${target.tool.kind === 'golang-migrate' ? `golang-migrate with \`migrate force\`` : 'the tool'} which version it is`
