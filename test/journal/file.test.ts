import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { BadJournal, NotWritten } from '#journal/bad-journal.ts'
import { type Disk, openJournal, readJournal } from '#journal/file.ts'
import { aBadDisk } from './bad-disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
afterAll(() => rmSync(folder, { recursive: true }))
const key = Buffer.alloc(32, 7)
let made = 0
const fresh = () => join(folder, 'journals', `${(made += 1)}.jsonl`)

/** A journal of entries that tell their place. */
function aJournal(length: number): string {
  const path = fresh()
  const file = openJournal(path, key)
  for (let place = 0; place < length; place += 1) file.append({ place, text: 'ä "quoted" \n line' })
  file.close()
  return path
}
const placesIn = (path: string) => readJournal(path, key).map(({ body }) => Object(body).place)

test('what was added is read again, by its owner alone', () => {
  const path = aJournal(3)

  expect(placesIn(path)).toEqual([0, 1, 2])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'journals')).mode & 0o777).toBe(0o700)
})

test('wherever the last line was cut off, it never counted, and writing goes on behind the one before', () => {
  const whole = readFileSync(aJournal(3), 'utf8')
  const lines = whole.split('\n')
  const before = `${lines.slice(0, 2).join('\n')}\n`
  fc.assert(
    fc.property(fc.integer({ min: before.length, max: whole.length - 1 }), (end) => {
      const path = fresh()
      const file = openJournal(path, key)
      file.close()
      writeFileSync(path, whole.slice(0, end))

      const again = openJournal(path, key)
      again.append({ place: 9 })
      again.close()

      expect(placesIn(path)).toEqual([0, 1, 9])
    }),
    { numRuns: 40 },
  )
})

test.each<readonly [string, (lines: string[]) => string[]]>([
  ['altered', (lines) => lines.map((line) => line.replace('"place":1', '"place":7'))],
  ['removed', (lines) => lines.toSpliced(1, 1)],
  ['swapped', ([first = '', second = '', third = '']) => [first, third, second]],
  ['put in twice', ([first = '', second = '', third = '']) => [first, second, second, third]],
  ['written by hand', (lines) => [...lines, JSON.stringify({ body: {}, hash: '0'.repeat(64) })]],
])('a line that was %s is named', (_, change) => {
  const path = aJournal(3)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${change(lines).join('\n')}\n`)

  expect(() => readJournal(path, key)).toThrow(/line [234] is not as it was written/)
  expect(() => openJournal(path, key)).toThrow(BadJournal)
})

test('a journal into which nothing was written leaves no file', () => {
  const path = fresh()
  openJournal(path, key).close()

  expect(existsSync(path)).toBe(false)
})

test('another key reads nothing', () => {
  expect(() => readJournal(aJournal(2), Buffer.alloc(32, 8))).toThrow(/line 1 is not as it was/)
})

test('wherever the disk is full in the middle of an entry, the entry does not count, and when there is room again writing goes on behind the one before (threat T111)', () => {
  const [, line = ''] = readFileSync(aJournal(2), 'utf8').split('\n')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Buffer.byteLength(line) }), (takes) => {
      const path = aJournal(1)
      const { faults, disk } = aBadDisk()
      const file = openJournal(path, key, disk)
      const entry = { place: 1, text: 'ä "quoted" \n line' }

      Object.assign(faults, { isFull: true, takes })
      const refused = () => file.append(entry)
      expect(refused).toThrow(NotWritten)
      expect(refused).toThrow('no space left on device')
      expect(placesIn(path)).toEqual([0])
      faults.isFull = false
      file.append(entry)
      file.close()

      expect(placesIn(path)).toEqual([0, 1])
    }),
    { numRuns: 40 },
  )
})

test('an entry of which the disk does not say that it keeps it is taken back, or nothing more is written at all', () => {
  const path = aJournal(1)
  const { faults, disk } = aBadDisk()
  const once = { ...disk, sync: failsOnce(disk.sync) }
  const file = openJournal(path, key, once)

  expect(() => file.append({ place: 1 })).toThrow(/EIO: .*nothing is done before it can be/)
  file.append({ place: 2 })
  faults.failing = ['truncate', 'sync']
  expect(() => file.append({ place: 3 })).toThrow(NotWritten)
  faults.failing = []
  expect(() => file.append({ place: 4 })).toThrow(
    `nothing more is written to it. Make room on its disk, or mend it; then: countermand journal resume ${path}`,
  )
  file.close()

  // Whether the third counts is for whoever opens it again to see; what stands there is whole.
  expect(placesIn(path).slice(0, 2)).toEqual([0, 2])
  const again = openJournal(path, key)
  again.append({ place: 5 })
  again.close()
  expect(placesIn(path).at(-1)).toBe(5)
})

function failsOnce(sync: Disk['sync']): Disk['sync'] {
  let hasFailed = false
  return (handle) => {
    if (hasFailed) return sync(handle)
    hasFailed = true
    throw new Error('EIO: i/o error, fsync')
  }
}

test('a process whose disk really takes no more keeps what it had, and adds what still fits', () => {
  const path = fresh()
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url))

  const said = execFileSync(
    'sh',
    ['-c', 'ulimit -f 16; exec "$@"', 'sh', process.execPath, script, 'small-disk', path],
    { encoding: 'utf8' },
  )

  expect(JSON.parse(said)).toEqual(['written', expect.stringContaining('EFBIG'), 'written'])
  expect(readJournal(path, key).map(({ body }) => Object(body).size)).toEqual([1, 3])
})
