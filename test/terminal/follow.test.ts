import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { openJournal } from '#journal/file.ts'
import { journalTimeline } from '#journal/timeline.ts'
import { follower } from '../../src/terminal/follow.ts'
import { aBadDisk } from '../journal/bad-disk.ts'
import { aChange, aNote, anIncident, declared } from '../postgres/builders.ts'
import { silent } from '../support/database-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Somebody follows a rollback of which every piece of work wants to write a note. */
async function followed() {
  const path = join(folder, 'journals', 'one.jsonl')
  const { faults, disk } = aBadDisk()
  const file = openJournal(path, Buffer.alloc(32, 7), disk)
  const timeline = journalTimeline(file, path, (text) => text)
  const incident = anIncident()
  await timeline.append(incident, 0, aChange({ events: [declared()] }))
  const told: string[] = []
  const advance = async () => {
    const { length } = await timeline.read(incident)
    await timeline.append(incident, length, aChange({ events: [aNote('one more')] }))
  }
  const nothing = async () => undefined
  const parts = {
    timeline,
    workflows: {
      advance,
      reconcileFreezes: nothing,
      captureEvidence: nothing,
      measureImpact: nothing,
    },
    log: silent,
    textOf: () => '',
    tell: (text: string) => told.push(text),
    isServed: async () => false,
  }
  const following = () => follower(parts, incident, rollbackId('rb_one'), Number.MAX_SAFE_INTEGER)
  return { path, faults, told, following, file }
}

test('a journal that can be written no more ends the following with what to do, and nothing is tried again', async () => {
  const { path, faults, told, following, file } = await followed()
  Object.assign(faults, { isFull: true, takes: 9, failing: ['truncate'] })

  const ended = following().next(Number.MAX_SAFE_INTEGER)

  await expect(ended).rejects.toThrow(
    `${path} could not be written (ENOSPC: no space left on device, write), and what was half written could not be taken back, so nothing more is written to it. Make room on its disk, or mend it; then: countermand journal resume ${path}`,
  )
  expect(told).toEqual([])
  file.close()
})
