import { Client } from 'pg'
import { NotAllowed } from '#ports/executor.ts'
import { type DatabaseParts, nameOf, variableOf } from './context.ts'
import { codeOf, messageOf, NoAnswer } from './failure.ts'
import type { DatabaseTarget } from './schema.ts'

/** As every session of a tool that we start calls itself: whoever comes after a crash sees that it is still at work. */
export const migrating = 'countermand migration'

/** As our own sessions call themselves. */
export const ourName = 'countermand'

/** What every program is told of where to go. The password is not among it. */
export interface Address {
  readonly host: string
  readonly port: string
  readonly user: string
  readonly database: string
  readonly password: string
  /** As the tools want it, without the password. */
  readonly url: string
  readonly sslMode: string | null
}

/** Throws one sentence where its variable is missing or no address. */
export function addressOf(
  { urlOf }: Pick<DatabaseParts, 'urlOf'>,
  { connection }: Pick<DatabaseTarget, 'connection'>,
): Address {
  const text = urlOf(connection)
  if (text === undefined)
    throw new NoAnswer(`${nameOf({ connection })} has no address: set ${variableOf(connection)}`)
  const url = new URL(text)
  const password = decodeURIComponent(url.password)
  url.password = ''
  return {
    host: url.hostname || 'localhost',
    port: url.port || '5432',
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
    password,
    url: url.href,
    sslMode: url.searchParams.get('sslmode'),
  }
}

/** One session, for as long as `act` takes, and `kept` after it; `undefined` where there is no such database. */
export async function inDatabase<Value>(
  parts: DatabaseParts,
  target: DatabaseTarget,
  act: (client: Client) => Promise<Value>,
  kept: () => Promise<unknown> | undefined = () => undefined,
): Promise<Value | undefined> {
  addressOf(parts, target)
  const client = new Client({
    connectionString: parts.urlOf(target.connection) ?? '',
    application_name: ourName,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 25_000,
    query_timeout: 30_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await act(client)
  } catch (error) {
    if (codeOf(error) === '3D000') return undefined
    throw asFailure(error, target)
  } finally {
    const end = () => client.end().catch(() => undefined)
    const work = kept()
    if (work === undefined) await end()
    else void work.then(end, end)
  }
}

/** What passes is told from what stays: PostgreSQL's classes 08, 53 and 57, the system's own words, and what `pg` says without a code. */
function asFailure(error: unknown, target: DatabaseTarget): unknown {
  const code = codeOf(error)
  const name = nameOf(target)
  if (code === '28P01' || code === '28000')
    return new NotAllowed('connect to', name, {
      why: `correct ${variableOf(target.connection)}`,
      cause: error,
    })
  if (code === '42501') return new NotAllowed('read', name, { why: messageOf(error), cause: error })
  const isPassing =
    /^(E[A-Z]+|(08|53|57)[0-9A-Z]{3})$/.test(code) ||
    (code === '' && /^(timeout|Connection terminated|Query read timeout)/i.test(messageOf(error)))
  return isPassing
    ? new NoAnswer(`${name} does not answer: ${messageOf(error)}`, { cause: error })
    : error
}
