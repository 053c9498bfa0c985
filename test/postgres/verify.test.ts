import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { IncidentId } from '#domain/ids.ts'
import { chainHash, chainKey } from '#postgres/chain.ts'
import { exportTimeline, verifyExport } from '#postgres/export.ts'
import { fileSink, type SignedHead, signHeads } from '#postgres/heads.ts'
import { timeline } from '#postgres/timeline.ts'
import { verifyTimeline } from '#postgres/verify.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, aNote, declared, key } from './builders.ts'

let database: TestDatabase
let incident: IncidentId
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Five rows, on a timeline of their own. */
beforeEach(async () => {
  incident = anIncident()
  const store = timeline(database.pools.work, [key])
  await store.append(incident, 0, aChange({ events: [declared(), aNote('two')] }))
  await store.append(
    incident,
    2,
    aChange({ events: [aNote('three'), aNote('four'), aNote('five')] }),
  )
})

const faultOf = async (anchors: readonly SignedHead[] = []) =>
  (await verifyTimeline(database.pools.work, [key], incident, anchors)).faults[0]?.fault

/** As somebody who has the whole database in their hands. */
async function tamper(sql: string, ...values: readonly unknown[]): Promise<void> {
  const client = await database.owner.connect()
  await client.query('BEGIN')
  await client.query('SET LOCAL session_replication_role = replica')
  await client.query(sql, [incident, ...values])
  await client.query('COMMIT')
  client.release()
}

test('an untouched timeline verifies, in the database and as a file', async () => {
  const exported = await exportTimeline(database.pools.work, incident)

  expect(await verifyTimeline(database.pools.work, [key], incident)).toEqual({
    streams: 1,
    events: 5,
    faults: [],
  })
  expect(exported?.events).toHaveLength(5)
  expect(exported && verifyExport(exported, [key])).toBeUndefined()
})

describe('T143 a change behind our back is found', () => {
  const edits = {
    at: `at = at + interval '1 microsecond'`,
    kind: `kind = 'corrected'`,
    actor: `actor = 'T1:UOTHER'`,
    payload: `payload = jsonb_set(payload, '{text}', '"another"')`,
    'an added field': `payload = payload || '{"more": 1}'`,
    prev_hash: `prev_hash = hash`,
    hash: `hash = set_byte(hash, 31, get_byte(hash, 31) # 1)`,
  }

  test.each(Object.entries(edits))('in %s of a row', async (_, set) => {
    for (const seq of [1, 3, 5]) {
      await tamper(
        `CREATE TEMP TABLE before ON COMMIT PRESERVE ROWS AS SELECT * FROM timeline_events WHERE stream_id = '${incident}' AND seq = ${seq} AND $1 <> ''`,
      )
      await tamper(`UPDATE timeline_events SET ${set} WHERE stream_id = $1 AND seq = ${seq}`)

      expect(await faultOf()).toEqual({ kind: 'altered', seq })

      await tamper(`DELETE FROM timeline_events WHERE stream_id = $1 AND seq = ${seq}`)
      await tamper(`INSERT INTO timeline_events SELECT * FROM before WHERE stream_id = $1`)
      await database.owner.query('DROP TABLE before')
    }
  })

  test('in the id of its key', async () => {
    await tamper(`UPDATE timeline_events SET key_id = 'other' WHERE stream_id = $1 AND seq = 2`)

    expect(await faultOf()).toEqual({ kind: 'unknown_key', seq: 2, keyId: 'other' })
  })

  test('when a row in the middle is deleted', async () => {
    await tamper('DELETE FROM timeline_events WHERE stream_id = $1 AND seq = 3')

    expect(await faultOf()).toEqual({ kind: 'missing', seq: 3 })
  })

  test('when a row is deleted and the rest moved up', async () => {
    await tamper('DELETE FROM timeline_events WHERE stream_id = $1 AND seq = 3')
    await tamper('UPDATE timeline_events SET seq = 3 WHERE stream_id = $1 AND seq = 4')

    expect(await faultOf()).toEqual({ kind: 'swapped', seq: 3, belongsAt: 4 })
  })

  test('when two rows are swapped', async () => {
    await tamper('UPDATE timeline_events SET seq = 99 WHERE stream_id = $1 AND seq = 2')
    await tamper('UPDATE timeline_events SET seq = 2 WHERE stream_id = $1 AND seq = 4')
    await tamper('UPDATE timeline_events SET seq = 4 WHERE stream_id = $1 AND seq = 99')

    expect(await faultOf()).toEqual({ kind: 'swapped', seq: 2, belongsAt: 4 })
  })

  test('when the end is cut off', async () => {
    await tamper('DELETE FROM timeline_events WHERE stream_id = $1 AND seq > 3')

    expect(await faultOf()).toEqual({ kind: 'truncated', seq: 4, expected: 5 })
  })

  test('when a row is added without the key', async () => {
    await tamper(
      `INSERT INTO timeline_events
       SELECT stream_id, 6, at, kind, actor, payload, hash, sha256(hash), key_id
         FROM timeline_events WHERE stream_id = $1 AND seq = 5`,
    )
    expect(await faultOf()).toEqual({ kind: 'end_altered', seq: 5 })

    await tamper(`UPDATE streams SET seq = 6 WHERE id = $1`)
    expect(await faultOf()).toEqual({ kind: 'altered', seq: 6 })
  })

  test('when the stream forgets its end', async () => {
    await tamper('UPDATE streams SET seq = 4 WHERE id = $1')

    expect(await faultOf()).toEqual({ kind: 'end_altered', seq: 4 })
  })
})

describe('signed heads', () => {
  test('T110 show that the end was cut off and the stream shortened with it', async () => {
    const heads: SignedHead[] = []
    await signHeads(database.pools.work, [key], async (more) => {
      heads.push(...more)
    })
    const shorten = `UPDATE streams SET seq = 2, head = e.hash FROM timeline_events e
                      WHERE id = $1 AND e.stream_id = id AND e.seq = 2`
    await tamper(shorten)
    await tamper('DELETE FROM timeline_events WHERE stream_id = $1 AND seq > 2')
    expect(await faultOf()).toEqual({ kind: 'truncated', seq: 3, expected: 5 })

    await tamper('DELETE FROM chain_heads WHERE stream_id = $1')
    expect(await faultOf()).toBeUndefined()
    expect(await faultOf(heads)).toEqual({ kind: 'truncated', seq: 3, expected: 5 })
  })

  test('show that a stream is gone altogether', async () => {
    const heads: SignedHead[] = []
    await signHeads(database.pools.work, [key], async (more) => {
      heads.push(...more)
    })
    await tamper('DELETE FROM chain_heads WHERE stream_id = $1')
    await tamper('DELETE FROM timeline_events WHERE stream_id = $1')
    await tamper('DELETE FROM streams WHERE id = $1')

    expect(await faultOf()).toBeUndefined()
    expect(await faultOf(heads)).toEqual({ kind: 'truncated', seq: 1, expected: 5 })
  })

  test('T145 show that somebody with the key wrote the whole chain anew', async () => {
    const heads: SignedHead[] = []
    await signHeads(database.pools.work, [key], async (more) => {
      heads.push(...more)
    })
    await tamper('DELETE FROM chain_heads WHERE stream_id = $1')
    await writeAnew()

    expect(await faultOf()).toBeUndefined()
    expect(await faultOf(heads)).toEqual({ kind: 'head_differs', seq: 5 })
  })

  test('are found out when they are forged', async () => {
    await signHeads(database.pools.work, [key], async () => undefined)
    await tamper(`UPDATE chain_heads SET hash = sha256(hash) WHERE stream_id = $1`)

    expect(await faultOf()).toEqual({ kind: 'head_differs', seq: 5 })
  })

  test('go to a file first, once for each state of a stream', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heads-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    // Nobody has made the folder yet.
    const path = join(folder, 'data', 'heads.jsonl')

    const first = await signHeads(database.pools.work, [key], fileSink(path))
    const second = await signHeads(database.pools.work, [key], fileSink(path))

    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    expect(first).toBeGreaterThan(0)
    expect(second).toBe(0)
    expect(lines).toHaveLength(first)
    expect(lines.some((line) => line.includes(`"${incident}"`))).toBe(true)
  })
})

test('an exported file with any one value changed is found out', async () => {
  const exported = await exportTimeline(database.pools.work, incident)
  if (!exported) throw new Error('nothing was exported')
  const change = (value: unknown): unknown =>
    typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}!` : [value]

  let changes = 0
  for (const [index, event] of exported.events.entries())
    for (const [field, value] of Object.entries(event)) {
      const events = exported.events.with(index, { ...event, [field]: change(value) })
      expect(verifyExport({ ...exported, events }, [key]), `${index} ${field}`).toBeDefined()
      changes += 1
    }
  expect(changes).toBe(40)
  expect(verifyExport({ ...exported, events: exported.events.slice(0, 4) }, [key])).toEqual({
    kind: 'truncated',
    seq: 5,
    expected: 5,
  })
  expect(
    verifyExport(exported, [chainKey('another key of more than thirty-two characters')]),
  ).toEqual({ kind: 'unknown_key', seq: 1, keyId: key.id })
})

test('rows written with an older key verify after the key was changed', async () => {
  const newer = chainKey('a newer key of more than thirty-two characters')
  await timeline(database.pools.work, [newer, key]).append(incident, 5, aChange())

  const { events, faults } = await verifyTimeline(database.pools.work, [newer, key], incident)

  expect({ events, faults }).toEqual({ events: 6, faults: [] })
})

describe('T142 the role the bot works as', () => {
  const attempts = {
    UPDATE: `UPDATE timeline_events SET actor = 'x'`,
    DELETE: 'DELETE FROM timeline_events',
    TRUNCATE: 'TRUNCATE timeline_events CASCADE',
    ALTER: 'ALTER TABLE timeline_events DISABLE TRIGGER ALL',
    'DROP TRIGGER': 'DROP TRIGGER timeline_events_kept ON timeline_events',
    'replica role': 'SET session_replication_role = replica',
    'DELETE of streams': 'DELETE FROM streams',
    'UPDATE of heads': `UPDATE chain_heads SET count = 1`,
    'change of evidence': `UPDATE evidence_texts SET text = ''`,
    'shifting the clock': `UPDATE clock_shift SET by = '1 hour'`,
  }

  test.each(Object.entries(attempts))('is refused %s', async (_, sql) => {
    await expect(database.pools.work.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })

  test('cannot make a stream shorter', async () => {
    const shorten = database.pools.work.query('UPDATE streams SET seq = 1 WHERE id = $1', [
      incident,
    ])

    await expect(shorten).rejects.toThrow('never becomes shorter')
  })
})

test('the owner too is refused to change, delete or empty', async () => {
  for (const sql of [
    `UPDATE timeline_events SET actor = 'x'`,
    'DELETE FROM timeline_events',
    'TRUNCATE timeline_events',
    'TRUNCATE streams CASCADE',
  ])
    await expect(database.owner.query(sql)).rejects.toThrow('is only ever added to')
})

/** The same five rows with another text in the third, hashed with the key. */
async function writeAnew(): Promise<void> {
  const exported = await exportTimeline(database.owner, incident)
  let prev = '0'.repeat(64)
  for (const row of exported?.events ?? []) {
    const payload = row.seq === 3 ? { text: 'rewritten', by: 'T1:UONCALL' } : row.payload
    const hash = chainHash(key, incident, { ...row, payload, prev })
    await tamper(
      `UPDATE timeline_events SET payload = $2, prev_hash = decode($3, 'hex'), hash = decode($4, 'hex')
        WHERE stream_id = $1 AND seq = $5`,
      JSON.stringify(payload),
      prev,
      hash,
      row.seq,
    )
    prev = hash
  }
  await tamper(`UPDATE streams SET head = decode($2, 'hex') WHERE id = $1`, prev)
}
