import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Log } from '#ports/log.ts'
import { type Account, accountFor, canReach } from './account.ts'
import { Credentials } from './schema.ts'

/** A folder of database files, and whom its server runs as. */
export interface Cluster {
  readonly folder: string
  readonly account: Account
  readonly credentials: Credentials
}

/** Finds or makes the database files below `dataDir`, or says in one sentence why it cannot. Safe to run twice at once. */
export async function openCluster(dataDir: string, native: string, log: Log): Promise<Cluster> {
  const home = await homeFor(dataDir, log)
  const folder = join(home.folder, 'cluster')
  if (!(await stat(folder).catch(() => undefined))) await create(folder, native, home.account)
  const account = await checkedOwner(folder, home.account)
  await checkVersion(folder, native)
  const text = await readFile(join(folder, credentialsFile), 'utf8')
  return { folder, account, credentials: Credentials.parse(JSON.parse(text)) }
}

const credentialsFile = 'countermand.json'

async function homeFor(
  dataDir: string,
  log: Log,
): Promise<{ readonly folder: string; readonly account: Account }> {
  const account = accountFor(dataDir)
  if (canReach(dataDir, account)) return { folder: await ownFolder(dataDir, account), account }
  // Below a folder like root's home, which the database user cannot enter.
  const name = `${basename(dataDir)}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`
  const elsewhere = join('/var/lib/countermand', name)
  log.info(
    { wanted: dataDir, folder: elsewhere },
    'The database user cannot enter the data folder: the data is kept elsewhere',
  )
  const there = accountFor(elsewhere)
  return { folder: await ownFolder(elsewhere, there), account: there }
}

async function ownFolder(folder: string, account: Account): Promise<string> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: account ? 0o755 : 0o700 })
    if (made && account) await chown(folder, account.uid, account.gid)
    await access(folder, constants.W_OK | constants.X_OK)
    return folder
  } catch (cause) {
    throw new Error(
      `The database cannot be kept in ${folder}: this user cannot write there. Choose another data folder, or set DATABASE_URL.`,
      { cause },
    )
  }
}

/** Made aside and renamed into place: another start sees all of it or nothing. */
async function create(folder: string, native: string, account: Account): Promise<void> {
  const fresh = `${folder}.new-${process.pid}-${randomBytes(4).toString('hex')}`
  const passwordFile = `${fresh}.password`
  const credentials: Credentials = { owner: secret(), runtime: secret() }
  try {
    await mkdir(fresh, { mode: 0o700 })
    await writeFile(passwordFile, credentials.owner, { mode: 0o600 })
    await give([fresh, passwordFile], account)
    await promisify(execFile)(join(native, 'bin', 'initdb'), initdbFlags(fresh, passwordFile), {
      ...account,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    })
    await writeFile(join(fresh, credentialsFile), JSON.stringify(credentials), { mode: 0o600 })
    await give([join(fresh, credentialsFile)], account)
    await rename(fresh, folder)
  } catch (cause) {
    // Another start was faster: its files are as good as ours.
    if (await stat(folder).catch(() => undefined)) return
    throw new Error('The built-in PostgreSQL could not create its files.', { cause })
  } finally {
    await rm(passwordFile, { force: true })
    await rm(fresh, { recursive: true, force: true })
  }
}

const initdbFlags = (folder: string, passwordFile: string): readonly string[] => [
  `--pgdata=${folder}`,
  '--username=countermand',
  `--pwfile=${passwordFile}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-sync',
  '--no-instructions',
]

/** Files of an earlier start may belong to somebody else; as root we run as whoever owns them. */
async function checkedOwner(folder: string, account: Account): Promise<Account> {
  const { uid, gid, mode } = await lstat(folder)
  const own = process.getuid?.() ?? uid
  if (own !== 0 && uid !== own)
    throw new Error(
      `The database in ${folder} belongs to user ${uid} and you are user ${own}: start as that user, choose another data folder, or set DATABASE_URL.`,
    )
  if (own === 0 && uid === 0)
    throw new Error(
      `The database in ${folder} belongs to root, and PostgreSQL does not run as root: give the folder to another user, or choose another data folder.`,
    )
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700)
  return account && { uid, gid }
}

async function checkVersion(folder: string, native: string): Promise<void> {
  const made = await readFile(join(folder, 'PG_VERSION'), 'utf8').then((text) => text.trim())
  const { stdout } = await promisify(execFile)(join(native, 'bin', 'postgres'), ['--version'])
  const ours = /(\d+)\./.exec(stdout)?.[1]
  if (made !== ours)
    throw new Error(
      `The database in ${folder} was made by PostgreSQL ${made} and this is PostgreSQL ${ours ?? stdout}: move the data over with pg_dump, or choose another data folder.`,
    )
}

async function give(paths: readonly string[], account: Account): Promise<void> {
  if (account) for (const path of paths) await chown(path, account.uid, account.gid)
}

const secret = (): string => randomBytes(24).toString('hex')
