import { addressOf } from './connection.ts'
import type { DatabaseParts } from './context.ts'
import type { DatabaseTarget } from './schema.ts'

/** Of both tools, by their own words. */
export const usualTable = 'schema_migrations'
const inAddress = 'x-migrations-table'

/** Where a tool writes down what is applied; golang-migrate can be told in its address. */
export function tableOf(
  parts: Pick<DatabaseParts, 'urlOf'>,
  target: Pick<DatabaseTarget, 'connection' | 'tool'>,
): string {
  const { tool } = target
  if (tool.kind === 'command') return usualTable
  const told =
    tool.kind === 'golang-migrate'
      ? new URL(addressOf(parts, target).url).searchParams.get(inAddress)
      : null
  return tool.table ?? told?.replaceAll('"', '') ?? usualTable
}

/** golang-migrate quotes a name as a whole, unless it is told that it is quoted. */
export function withTable(address: string, { table }: { readonly table?: string }): string {
  if (table === undefined) return address
  const url = new URL(address)
  url.searchParams.set(inAddress, quoted(table))
  url.searchParams.set(`${inAddress}-quoted`, 'true')
  return url.href
}

export const quoted = (table: string): string =>
  table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
