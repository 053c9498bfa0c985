import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Whom the database server runs as; `undefined` is ourselves. */
export type Account = { readonly uid: number; readonly gid: number } | undefined

/**
 * PostgreSQL refuses to run as root. Started as root it runs as the owner of the folder it is put
 * into, else as `postgres`, else as `nobody`; no user is ever created.
 */
export function accountFor(folder: string): Account {
  if (process.getuid?.() !== 0) return undefined
  const owner = ownerOf(folder)
  return owner.uid === 0 ? (named('postgres') ?? named('nobody') ?? nobody) : owner
}

/** Whether the account can walk to the folder; looks at the mode bits of every folder on the way. */
export function canReach(path: string, account: Account): boolean {
  if (!account) return true
  return ancestors(resolve(path)).every((folder) => mayEnter(folder, account))
}

/** Linux' overflow id, for machines without `id` or without a user database. */
const nobody = { uid: 65_534, gid: 65_534 }

function named(name: string): Account {
  try {
    const ask = (flag: string) =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
    return { uid: ask('-u'), gid: ask('-g') }
  } catch {
    return undefined
  }
}

function ownerOf(path: string): { readonly uid: number; readonly gid: number } {
  const found = ancestors(resolve(path))
    .map((folder) => statSync(folder, { throwIfNoEntry: false }))
    .findLast((stats) => stats !== undefined)
  return { uid: found?.uid ?? 0, gid: found?.gid ?? 0 }
}

function mayEnter(folder: string, { uid, gid }: NonNullable<Account>): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false })
  // What is not there yet, or is no folder, is for the one who makes folders to complain about.
  if (!stats?.isDirectory()) return true
  const bit = stats.uid === uid ? 0o100 : stats.gid === gid ? 0o010 : 0o001
  return (stats.mode & bit) !== 0
}

const ancestors = (path: string): readonly string[] =>
  dirname(path) === path ? [path] : [...ancestors(dirname(path)), path]
