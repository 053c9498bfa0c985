import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf } from '#journal/contents.ts'
import { openJournal, readJournal } from '#journal/file.ts'
import { aBadDisk } from '../journal/bad-disk.ts'
import { importFile, importWaiting } from '../../src/terminal/import-journals.ts'
import { journalKey } from '../../src/terminal/journal-desk.ts'
import { openDesk } from '../../src/terminal/open-desk.ts'
import { addedWorld, type Told } from './added-world.ts'
import { run } from './support.ts'

let w: Awaited<ReturnType<typeof addedWorld>>
beforeAll(async () => {
  w = await addedWorld()
})
afterAll(() => w.close())

/** Added by somebody whose disk had no room for the seal. */
async function unsealed() {
  const journal = w.journal()
  const { disk, faults } = aBadDisk()
  faults.isFull = true
  return { journal, imported: await importFile({ ...w.parts, disk }, journal.path) }
}
const isSealed = ({ path }: Told): boolean =>
  contentsOf(readJournal(path, journalKey(w.parts.key)), path).isImported

const resume = ({ path }: Told, variables = {}) =>
  openDesk(
    { ...w.variables, ...variables },
    { journal: { kind: 'resume', file: path } },
    () => undefined,
  )

test('T111 a journal that was added, and whose disk had no room to say so, is not gone on with beside the record', async () => {
  const { journal } = await unsealed()
  expect(isSealed(journal)).toBe(false)

  await expect(resume(journal)).rejects.toThrow(
    /has been added to the record, which goes on with it: countermand status checkout$/,
  )
  // Nor is it held by whoever was refused.
  openJournal(journal.path, journalKey(w.parts.key)).close()
})

test('one that the record does not have is gone on with, whether the database answers or not', async () => {
  const journal = w.journal()

  for (const variables of [{}, { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }]) {
    await using desk = await resume(journal, variables)
    expect(desk.warnings.join('\n')).toContain(journal.path)
  }
})

test('a seal that the disk does not take is told as that, at the terminal and in the log, and made up for when there is room', async () => {
  const { journal, imported } = await unsealed()
  expect(imported).toMatchObject({ kind: 'imported', unsealed: expect.stringContaining('ENOSPC') })
  expect(imported).toMatchObject({ unsealed: expect.not.stringContaining('resume') })

  const told = await run(`journal import ${journal.path}`, { importJournal: async () => imported })
  expect(told.code).toBe(1)
  expect(told.err).toMatch(/^The record has it as inc-checkout-.* could not be marked as added/)

  expect(await w.add(journal.path)).toMatchObject({ kind: 'already' })
  expect(isSealed(journal)).toBe(true)
})

test('what lies unsealed is named in the log of whoever starts', async () => {
  const journal = w.journal()
  const said: unknown[] = []
  const note = (fields: object, message: string) => void said.push([message, fields])
  const { disk, faults } = aBadDisk()
  faults.isFull = true

  await importWaiting({ ...w.parts, disk, log: { info: note, warn: note, error: note } })

  expect(said).toContainEqual([
    expect.stringContaining('could not be marked as added: nobody is to resume it'),
    expect.objectContaining({
      incident: journal.incident,
      unsealed: expect.stringContaining('ENOSPC'),
    }),
  ])
})
