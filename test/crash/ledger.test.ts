import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Hit } from './hits.ts'
import { openLedger } from './ledger.ts'
import { casesOf } from './plan.ts'
import type { Story } from './story.ts'
import { standing } from './summary.ts'

const story: Story = { title: 'rolled back', kind: 'Deployment', runs: '1.0', play: async () => {} }
const reached = [
  { boundary: 'timeline.append step_started', nth: 1 },
  { boundary: 'outbox.sent', nth: 1 },
]
const freeze: Hit = { boundary: 'outbox.sent', nth: 1, fault: 'freeze' }
const fail: Hit = { boundary: 'timeline.append step_started', nth: 1, fault: 'fail' }
const struck = (hit: readonly Hit[], wrong: readonly string[] = []) => ({
  hits: hit,
  hit,
  wrong,
  takeovers: [],
  slowness: 1.5,
  tookMs: 4_000,
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countermand-ledger-'))
})
afterEach(() => rm(folder, { recursive: true }))
const open = (commit = 'one', stories: readonly Story[] = [story]) =>
  openLedger(join(folder, 'crash.jsonl'), commit, stories)
const blows = (all: readonly { hits: readonly Hit[] }[]) => all.flatMap(({ hits }) => hits)

test('the next run deals what the ones before left, and sums up all of them', () => {
  open().keepCalm(story, { reached, kinds: [] })
  open().keepStruck(story, struck([freeze]))
  const ledger = open('two')
  ledger.keepStruck(story, struck([fail]))
  const calm = [{ story, reached: ledger.calmOf(story)?.reached ?? [] }]

  const left = blows(casesOf(calm, ledger.isDealt))

  expect(blows(casesOf(calm))).toHaveLength(10)
  expect(left).toHaveLength(8)
  expect(left).not.toContainEqual(freeze)
  expect(left).not.toContainEqual(fail)
  expect(standing(ledger, casesOf(calm), 0)).toMatch(
    /rolled back +10 +2\n1 stories +10 +2\n1 blows at one\n1 blows at two\n/,
  )
})

test('a blow that was dealt a time later than the first was dealt', () => {
  const ledger = open()
  ledger.keepStruck(story, struck([{ ...freeze, nth: 0 }]))

  expect(ledger.isDealt(story, freeze)).toBe(true)
})

test('what was wrong is open until it is right', () => {
  open().keepStruck(story, struck([freeze], ['told twice']))
  const ledger = open()

  expect(ledger.isDealt(story, freeze)).toBe(false)
  expect(ledger.open()).toMatchObject([{ wrong: ['told twice'] }])

  ledger.keepStruck(story, struck([freeze]))

  expect(ledger.isDealt(story, freeze)).toBe(true)
  expect(ledger.open()).toEqual([])
})

test('a story is played calmly again at another commit, and what was dealt in one that reads otherwise counts no more', () => {
  open().keepCalm(story, { reached, kinds: [] })
  open().keepStruck(story, struck([freeze]))
  const other: Story = { ...story, twoPeople: true }

  expect(open().isRecorded(story)).toBe(true)
  expect(open('two').isRecorded(story)).toBe(false)
  expect(open('two').isDealt(story, freeze)).toBe(true)
  expect(open('two', [other]).isDealt(other, freeze)).toBe(false)
  expect(open('two', [other]).calmOf(other)).toBeUndefined()
})

test('a story is the same one however it was compiled', () => {
  const written = (text: string): Story => ({
    ...story,
    play: Object.assign(async () => {}, { toString: () => text }),
  })
  const one = written("async play(scene) {\n  await rollsBack(scene, '--to v1.0')\n}")
  const same = written('async play(scene) {await (0, vi_3.rollsBack)(scene, "--to v1.0");}')
  const other = written("async play(scene) {\n  await rollsBack(scene, '--to v1.1')\n}")

  open('one', [one]).keepStruck(one, struck([freeze]))

  expect(open('one', [same]).isDealt(same, freeze)).toBe(true)
  expect(open('one', [other]).isDealt(other, freeze)).toBe(false)
})

test('a line that was cut off by the end of its run is passed over', async () => {
  open().keepStruck(story, struck([freeze]))
  await appendFile(join(folder, 'crash.jsonl'), '\n{"kind":"struck","title":"rol')
  open().keepStruck(story, struck([fail]))

  expect(open().isDealt(story, freeze)).toBe(true)
  expect(open().isDealt(story, fail)).toBe(true)
})
