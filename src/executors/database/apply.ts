import { setTimeout as sleep } from 'node:timers/promises'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { backUp, backupAt, isNoted, locked, noteDone } from './backup.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { NoAnswer } from './failure.ts'
import { lookWith } from './look.ts'
import { moveFor } from './move.ts'
import type { Ran } from './run.ts'
import type { ChangeOf, DatabaseChange } from './schema.ts'
import { moveOnce } from './tools.ts'

/** Answers that were lost, and failures that may pass: looked at and tried again this often. */
const attempts = 5
const retryMs = 300

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
      await sleep(retryMs * attempt, undefined, { signal })
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
  const found = await locked(parts, target, async (client) => {
    const wasDone = await isNoted(change, operation)
    let lastLeft = Number.POSITIVE_INFINITY
    for (;;) {
      const seen = await lookWith(parts, target, client, signal)
      if (seen.oid !== change.oid) throw new Superseded(`${nameOf(target)} is another one by now`)
      if (seen.migrating > 0)
        throw new NoAnswer(
          `a migration of ${nameOf(target)} that was begun before is still at work`,
        )
      const move = moveFor(change, seen, wasDone)
      if (move.kind === 'superseded') throw new Superseded(move.why)
      if (move.kind === 'dirty') throw new NeedsPerson(dirtyText(target.tool.kind, move.version))
      if (move.kind === 'nothing') break
      if (move.left >= lastLeft)
        throw new NoAnswer('the tool says it is done, and nothing has moved')
      lastLeft = move.left
      await withBackup(change)
      const ran = await moveOnce(parts, change, move.left, signal)
      if (ran.code !== 0)
        throw await failed(change, ran, () => lookWith(parts, target, client, signal))
    }
    await noteDone(change, operation)
    return true
  })
  if (found === undefined) throw new Superseded(`${nameOf(target)} is gone`)
}

/** Nothing is taken down that could not be brought back by a person. */
async function withBackup(change: ChangeOf<'migrate'>): Promise<void> {
  if (change.direction === 'up' || (await backupAt(change.backup)) !== undefined) return
  throw new NotAllowed('migrate', nameOf(change.target), {
    why: `the backup ${change.backup} is not there; without it nothing is taken down`,
  })
}

/** What a failed run means is seen in the database: one that moved nothing may be tried again. */
async function failed(
  change: ChangeOf<'migrate'>,
  { said }: Ran,
  again: () => ReturnType<typeof lookWith>,
): Promise<Error> {
  const seen = await again()
  const { tool } = change.target
  return seen.isDirty
    ? new NeedsPerson(`${dirtyText(tool.kind, seen.version ?? 'nothing')}. It said: ${said}`)
    : new NoAnswer(`the migration failed and version ${seen.version ?? 'none'} is applied: ${said}`)
}

/** Never forced by us: only whoever reads the schema knows how far it came. */
const dirtyText = (tool: string, version: string): string =>
  `version ${version} is dirty: a migration stopped half way. Look at the schema, mend it by hand, and then tell ${tool === 'golang-migrate' ? `golang-migrate with \`migrate force\`` : 'the tool'} which version it is`
