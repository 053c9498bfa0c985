import { following } from '#executors/following.ts'
import type { Progress } from '#ports/executor.ts'
import { backupAt, backupText } from './manifest.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { messageOf, NoAnswer } from './failure.ts'
import { look } from './look.ts'
import { moveFor } from './move.ts'
import type { DatabaseChange } from './schema.ts'

const lookEveryMs = 1_000

/** Reads back what became of a change. A tool has ended by then, so there is little to follow. */
export async function* progress(
  parts: DatabaseParts,
  change: DatabaseChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const look = () => stateOf(parts, change, signal)
  for await (const now of following({ everyMs: lookEveryMs, look, noAnswer }, signal)) {
    if (now.kind === 'settled' && change.kind === 'back_up') yield* aboutBackup(change.file)
    yield now
  }
}

async function* aboutBackup(file: string): AsyncIterable<Progress> {
  const manifest = await backupAt(file)
  if (manifest) yield { kind: 'moving', ready: 1, wanted: 1, note: backupText(file, manifest) }
}

async function stateOf(
  parts: DatabaseParts,
  change: DatabaseChange,
  signal: AbortSignal,
): Promise<Progress> {
  if (change.kind === 'nothing') return settled(0)
  if (change.kind === 'back_up')
    return (await backupAt(change.file))
      ? settled(1)
      : failed(`the backup ${change.file} is not there`)
  const seen = await look(parts, change.target, signal)
  if (seen?.oid !== change.oid) return failed(`${nameOf(change.target)} is gone`)
  const move = moveFor(change, seen, false)
  const wanted = change.path.length
  switch (move.kind) {
    case 'nothing':
      return settled(wanted)
    case 'go':
      return { kind: 'moving', ready: wanted - move.left, wanted, note: '' }
    case 'superseded':
      return failed(`superseded: ${move.why}`)
    case 'dirty':
      return {
        ...failed(
          `version ${move.version} of ${nameOf(change.target)} is dirty: a migration stopped half way`,
        ),
        left: 'halfway',
      }
  }
}

const settled = (wanted: number): Progress => ({ kind: 'settled', ready: wanted, wanted })
const failed = (message: string): Extract<Progress, { kind: 'failed' }> => ({
  kind: 'failed',
  message,
  ready: 0,
  wanted: 0,
})

const noAnswer = (error: unknown): string | undefined =>
  error instanceof NoAnswer ? messageOf(error) : undefined
