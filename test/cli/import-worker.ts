import { writeSync } from 'node:fs'
import { Client } from 'pg'
import { importFile } from '../../src/terminal/import-journals.ts'
import { loadConfig } from '../../src/config.ts'
import { silent } from '../support/database-server.ts'
import { realDisk } from '#journal/file.ts'

/** Adds a journal, and is killed in the middle of it: `before` or `after` a statement that holds these words, or with half of the seal written. */
const [, , path = '', moment = '', words = ''] = process.argv
const dies = () => process.kill(process.pid, 'SIGKILL')

const ask = Client.prototype.query as (this: Client, ...given: unknown[]) => unknown
function asked(this: Client, ...given: unknown[]): unknown {
  const [query] = given
  const text = typeof query === 'string' ? query : Object(query).text
  if (words === '' || !String(text).includes(words)) return Reflect.apply(ask, this, given)
  if (moment === 'before') dies()
  const last = given.at(-1)
  if (typeof last === 'function') return Reflect.apply(ask, this, [...given.slice(0, -1), dies])
  return Promise.resolve(Reflect.apply(ask, this, given)).then(dies)
}
Client.prototype.query = asked as typeof Client.prototype.query

const loaded = loadConfig(process.env)
if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
const { config } = loaded
const { database, key } = config
if (database.kind !== 'url' || !key) throw new Error('it is given both')
await importFile(
  {
    config,
    database: { url: database.url },
    key,
    log: silent,
    disk: {
      ...realDisk,
      write(handle, bytes) {
        writeSync(handle, bytes.subarray(0, bytes.length / 2))
        dies()
        return bytes.length
      },
    },
  },
  path,
)
