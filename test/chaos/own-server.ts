import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbedded } from '#postgres/embedded.ts'
import { oneConnection } from '#postgres/pools.ts'
import { silent } from '../support/database-server.ts'

export interface OwnServer {
  /** The owner's; changes with every start. */
  readonly url: string
  /** One statement after the other, as the owner, outside of transactions. */
  run(...statements: readonly string[]): Promise<readonly Row[]>
  /** Ends the server as an administrator would, or as a lost machine does; nothing where it has ended. */
  end(how: 'fast' | 'killed'): Promise<void>
  /** Another server that follows this one. */
  standby(folder: string): Promise<OwnServer>
}
type Row = Readonly<Record<string, unknown>>

/** A PostgreSQL of a test's own in `folder`, started on what lies there already. */
export async function ownServer(folder: string): Promise<OwnServer> {
  const { url } = await startEmbedded({ dataDir: folder, log: silent })
  const cluster = join(folder, 'cluster')
  const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])

  const run: OwnServer['run'] = async (...statements) => {
    const client = oneConnection({ connectionString: url, query_timeout: 60_000 })
    await client.connect()
    try {
      let rows: readonly Row[] = []
      for (const statement of statements) ({ rows } = await client.query<Row>(statement))
      return rows
    } finally {
      await client.end()
    }
  }

  return {
    url,
    run,
    async end(how) {
      if (!lives(pid)) return
      process.kill(pid, how === 'fast' ? 'SIGINT' : 'SIGKILL')
      while (lives(pid)) await sleep(10)
    },
    async standby(other) {
      const copy = join(other, 'cluster')
      mkdirSync(other)
      const client = oneConnection({ connectionString: url, query_timeout: 60_000 })
      await client.connect()
      try {
        await client.query(`SELECT pg_backup_start('standby', fast => true)`)
        // With its owner: as root the server runs as somebody else.
        execFileSync('cp', ['-a', cluster, copy])
        const { rows } = await client.query<{ labelfile: string }>(
          'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
        )
        rmSync(join(copy, 'postmaster.pid'), { force: true })
        writeFileSync(join(copy, 'backup_label'), rows[0]?.labelfile ?? '')
        writeFileSync(join(copy, 'standby.signal'), '')
        appendFileSync(
          join(copy, 'postgresql.auto.conf'),
          `primary_conninfo = '${following(url)}'\n`,
        )
      } finally {
        await client.end()
      }
      const { uid, gid } = statSync(cluster)
      for (const name of ['backup_label', 'standby.signal']) chownSync(join(copy, name), uid, gid)
      return ownServer(other)
    },
  }
}

function following(url: string): string {
  const { username, password, hostname, port } = new URL(url)
  return `host=${hostname} port=${port} user=${username} password=${password}`
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
