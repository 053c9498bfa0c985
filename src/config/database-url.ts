import type { Catalogue } from '#domain/catalogue.ts'
import type { Environment } from './environment.ts'
import { asVariable } from './webhook-secrets.ts'

/** Addresses of the databases whose schemas are rolled back, by their names as variables have them. */
export type MigratedUrls = ReadonlyMap<string, string>

/** `MIGRATED_CHECKOUT_URL` for `checkout`. */
const migratedVariable = (connection: string): string => `MIGRATED_${asVariable(connection)}_URL`

/** Where our own record is kept. */
export function databaseOf(
  environment: Environment,
  production: boolean,
): { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded' } {
  const url = environment.secret('DATABASE_URL')
  if (url === 'embedded' || (url === undefined && !production)) return { kind: 'embedded' }
  if (url === undefined)
    environment.problems.push(
      'DATABASE_URL is missing: postgres://user:password@host:5432/name; or the word embedded for the PostgreSQL that npm installs, on a single machine.',
    )
  else problemsWith(environment, 'DATABASE_URL', url)
  return { kind: 'url', url: url ?? '' }
}

export const migratedUrlsOf = (environment: Environment): MigratedUrls =>
  new Map(
    [...environment.secrets('MIGRATED_*_URL')].map(([name, url]) => {
      problemsWith(environment, `MIGRATED_${name}_URL`, url)
      if (secretParameters(url).length > 0)
        environment.problems.push(
          `MIGRATED_${name}_URL has its password behind the ?, where every tool would show it: put it before the host, as in postgres://user:password@host:5432/name.`,
        )
      return [name, url]
    }),
  )

function problemsWith({ problems }: Environment, name: string, url: string): void {
  if (/^postgres(ql)?:\/\/([^/]*@)?[^/@]+,/.test(url))
    problems.push(
      `${name} names several servers: give it the one address that always leads to the primary, such as your provider’s endpoint or a proxy’s.`,
    )
  else if (!URL.canParse(url) || !['postgres:', 'postgresql:'].includes(new URL(url).protocol))
    problems.push(
      `${name} must look like postgres://user:password@host:5432/name, with special characters in the password percent-encoded.`,
    )
}

/** Databases of the file that have no address, and one that is our own: it would be taken back beneath us. */
export function migratedUrlProblems(
  catalogue: Catalogue,
  urls: MigratedUrls,
  own: ReturnType<typeof databaseOf>,
): readonly string[] {
  const connections = [...catalogue.values()].flatMap(({ targets }) =>
    targets.flatMap(({ executor, workload }) =>
      executor === 'database' ? [workload.slice('database/'.length)] : [],
    ),
  )
  return connections.flatMap((connection) => {
    const name = migratedVariable(connection)
    const url = urls.get(asVariable(connection))
    if (url === undefined)
      return [
        `${name} is missing: the address of the database ${connection}, whose schema is rolled back.`,
      ]
    return own.kind === 'url' && isSame(own.url, url)
      ? [`${name} is Countermand’s own database: its schema is nobody’s to roll back.`]
      : []
  })
}

function isSame(one: string, other: string): boolean {
  if (!URL.canParse(one) || !URL.canParse(other)) return false
  const [a, b] = [new URL(one), new URL(other)]
  return a.host === b.host && a.pathname === b.pathname
}

/** As they stand in an address, and as they are meant. */
export function passwordsIn(url: string): readonly string[] {
  const password = URL.canParse(url) ? new URL(url).password : ''
  const all = [...secretParameters(url), ...(password === '' ? [] : [meant(password), password])]
  return all.filter((one) => one !== '')
}

/** libpq reads a password among the parameters as well. */
const secretParameters = (url: string): readonly string[] =>
  URL.canParse(url)
    ? [...new URL(url).searchParams].flatMap(([name, value]) =>
        /^(ssl)?password$/i.test(name) ? [value, encodeURIComponent(value)] : [],
      )
    : []

function meant(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    // A lone % is no encoding: then the password is what stands there.
    return password
  }
}
