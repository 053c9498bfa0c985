import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { keepImporting } from '../../src/terminal/import-journals.ts'
import { faultProxy } from '../support/fault-proxy.ts'
import { addedWorld, type Told } from './added-world.ts'

let w: Awaited<ReturnType<typeof addedWorld>>
let proxy: Awaited<ReturnType<typeof faultProxy>>
beforeAll(async () => {
  w = await addedWorld()
  proxy = await faultProxy(w.database.url)
})
afterAll(async () => {
  await proxy.close()
  await w.close()
})

/** What a server that lives on does beside its work, and what its log says of it. */
async function aServer() {
  const said: string[] = []
  const note = (
    fields: { readonly incident?: string; readonly journal?: string },
    message: string,
  ) => void said.push(`${message}: ${fields.incident ?? fields.journal}`)
  const log = { info: note, warn: note, error: note }
  const database = { url: proxy.through(w.database.url) }
  const looking = await keepImporting({ ...w.parts, database, log }, 10)
  return { said, [Symbol.asyncDispose]: () => looking.stop() }
}
const isAdded = async ({ incident }: Told): Promise<boolean> =>
  (await w.record.read(incident)).some(({ event }) => event.kind === 'journal_imported')
const fileOf = ({ path }: Told): string => path.slice(dirname(path).length + 1)

test('a server that outlived the outage adds what was decided meanwhile as soon as the database answers again, and says so once', async () => {
  await using server = await aServer()
  proxy.set({ kind: 'reset' })
  const journal = w.journal()
  await expect
    .poll(() => server.said)
    .toContain(`A journal could not be added to the record: ${fileOf(journal)}`)
  expect(await isAdded(journal)).toBe(false)

  proxy.set({ kind: 'none' })
  await expect.poll(() => isAdded(journal)).toBe(true)

  // Another one, so that it has certainly looked again.
  const later = w.journal()
  await expect
    .poll(() => server.said)
    .toContain(`A journal was added to the record: ${later.incident}`)
  const told = server.said.filter((line) => line.endsWith(journal.incident))
  expect(told).toEqual([`A journal was added to the record: ${journal.incident}`])
})

test('what cannot be added is named once, however often it is looked at', async () => {
  const broken = join(dirname(w.journal().path), 'broken.jsonl')
  writeFileSync(broken, 'this is no line of a journal\n')
  await using server = await aServer()
  const told = () => server.said.filter((line) => line.endsWith('broken.jsonl'))
  expect(told()).toEqual(['A journal could not be added to the record: broken.jsonl'])

  for (const later of [w.journal(), w.journal()]) await expect.poll(() => isAdded(later)).toBe(true)

  expect(told()).toHaveLength(1)
})

test('the program itself looks for journals when it starts', async () => {
  const journal = w.journal()
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      PATH: process.env['PATH'],
      ...w.variables,
      DATABASE_URL: w.database.ownerUrl,
      // Nobody listens there: Slack is away.
      SLACK_API_URL: 'http://127.0.0.1:1/api/',
      PORT: '0',
      METRICS_PORT: '0',
    },
    stdio: 'pipe',
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  await expect.poll(() => said, { timeout: 120_000 }).toContain('Countermand is ready')
  expect(said).toContain(`"incident":"${journal.incident}"`)
  expect(await isAdded(journal)).toBe(true)
})
