import { setImmediate as round } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { afterPeople, turns } from '../src/turns.ts'

test('so many go on in one round of the event loop, the others in the order in which they came', async () => {
  const turn = turns({ eachRound: 2 })
  const gone: number[] = []
  const all = Array.from({ length: 9 }, (_, at) => turn().then(() => gone.push(at)))
  await round()

  for (const most of [4, 6, 8]) {
    expect(gone.length).toBeLessThanOrEqual(most)
    await round()
  }
  await Promise.all(all)
  expect(gone).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('a person who comes in the middle of a flood waits for one round of it, not for all of it', async () => {
  const turn = turns({ eachRound: 4 })
  let done = 0
  const flood = Array.from({ length: 1_000 }, () => turn().then(() => (done += 1)))

  await round()
  const before = done

  expect(before).toBeLessThanOrEqual(8)
  await Promise.all(flood)
  expect(done).toBe(1_000)
})

test('with a pause between the rounds, the processor is left to others meanwhile', async () => {
  const turn = turns({ eachRound: 2, pauseMs: 100 })
  const began = performance.now()
  const all = Array.from({ length: 6 }, () => turn())

  await Promise.all(all.slice(0, 2))
  await round()
  await Promise.all(all)

  // Timers may be up to a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(198)
})

test('who comes alone does not wait', async () => {
  const turn = turns({ eachRound: 1 })
  let isThere = false

  void turn().then(() => (isThere = true))
  await Promise.resolve()
  await Promise.resolve()

  expect(isThere).toBe(true)
})

test('what machines send waits for its turn, and then for whoever has just pressed something', async () => {
  const written = Promise.withResolvers<void>()
  const told: string[] = []
  const turn = afterPeople(
    async () => void told.push('its turn'),
    () => written.promise,
  )
  const taken = turn().then(() => told.push('taken in'))
  await round()

  told.push('written down')
  written.resolve()
  await taken

  expect(told).toEqual(['its turn', 'written down', 'taken in'])
})
