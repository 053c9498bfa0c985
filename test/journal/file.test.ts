import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { BadJournal, openJournal, readJournal } from '#journal/file.ts'

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

test('one process at a time writes; what a dead one held is taken over', () => {
  const path = aJournal(1)
  const file = openJournal(path, key)

  expect(() => openJournal(path, key)).toThrow(/is open already/)
  file.close()
  // A process that certainly lives, and one that certainly does not.
  writeFileSync(`${path}.lock`, String(process.ppid))
  expect(() => openJournal(path, key)).toThrow(/is being written by the process/)
  writeFileSync(`${path}.lock`, '999999999')
  openJournal(path, key).close()
  appendFileSync(path, '')
  expect(placesIn(path)).toEqual([0])
})
