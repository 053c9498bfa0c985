import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { contentsOf } from '#journal/contents.ts'
import { readJournal } from '#journal/file.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { journalKey } from '../../src/terminal/journal-desk.ts'
import { addedWorld, plan, type Told } from './added-world.ts'

let w: Awaited<ReturnType<typeof addedWorld>>
const children: ReturnType<typeof spawn>[] = []
beforeAll(async () => {
  w = await addedWorld()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => w.close())

const worker = fileURLToPath(new URL('./import-worker.ts', import.meta.url))

/** Adds it in a process of its own, which is killed at that moment. */
async function killed({ path }: Told, moment: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [worker, path, ...moment], {
    env: { ...process.env, ...w.variables },
    stdio: 'pipe',
  })
  children.push(child)
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  const [code, signal] = await once(child, 'exit')
  expect([code, signal], said).toEqual([null, 'SIGKILL'])
}

/** What has come of it so far. */
async function found({ path, incident, workload }: Told) {
  const history = await w.record.read(incident)
  const known = await w.revisions.known(workload)
  return {
    added: history.filter(({ event }) => event.kind === 'journal_imported').length,
    isBad: known.find(({ revision }) => revision === plan.from.id)?.bad !== undefined,
    isVerified: known.some(({ verifiedAt }) => verifiedAt !== undefined),
    evidence: (await evidenceLocker(w.database.pools.work).read(incident)).length,
    isSealed: contentsOf(readJournal(path, journalKey(w.parts.key)), path).isImported,
  }
}
const nothing = { added: 0, isBad: false, isVerified: false, evidence: 0, isSealed: false }
const added = { ...nothing, added: 1 }
const all = { added: 1, isBad: true, isVerified: true, evidence: 1, isSealed: true }

test.each([
  ['before it is committed', ['before', 'COMMIT'], nothing],
  ['as soon as it is committed', ['after', 'COMMIT'], added],
  ['between two marks', ['after', 'INSERT INTO revisions'], { ...added, isBad: true }],
  [
    'as soon as the evidence is kept',
    ['after', 'INSERT INTO evidence'],
    { ...all, isSealed: false },
  ],
  ['with half of the seal written', [], { ...all, isSealed: false }],
])(
  'whoever adds a journal and is killed %s leaves nothing undone that the next one does not do, once',
  async (_, moment, half) => {
    const journal = w.journal()
    await killed(journal, moment)
    expect(await found(journal)).toEqual(half)

    await w.add(journal.path)
    expect(await found(journal)).toEqual(all)

    expect(await w.add(journal.path)).toMatchObject({ kind: 'already' })
    expect(await found(journal)).toEqual(all)
  },
)
