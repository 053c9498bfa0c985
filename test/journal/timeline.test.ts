import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openJournal } from '#journal/file.ts'
import { journalTimeline } from '#journal/timeline.ts'
import { aChange, aNote, anIncident, declared } from '../postgres/builders.ts'

const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('no secret that is known stands in a journal, in whatever field it was (invariant I9)', async () => {
  const secret = 'a-secret-of-ours-0123456789'
  const path = join(folder, 'journals', 'one.jsonl')
  const file = openJournal(path, Buffer.alloc(32, 7))
  const record = journalTimeline(file, path, (text) => text.replaceAll(secret, '[secret]'))
  const incident = anIncident()

  const events = [declared(), aNote(`it logs ${secret}`)]
  await record.append(incident, 0, aChange({ events }))
  file.close()
  const kept = readFileSync(path, 'utf8')

  expect(kept).toContain('it logs [secret]')
  expect(kept).not.toContain(secret)
})
