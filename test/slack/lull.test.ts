import { describe, expect, test } from 'vitest'
import { lulls } from '#slack/admission/lull.ts'

test('work waits for the admissions that are under way, and for no longer', async () => {
  const lull = lulls()
  const first = Promise.withResolvers<boolean>()
  const second = Promise.withResolvers<boolean>()
  const told: string[] = []
  const admitted = [lull.during(false, first.promise), lull.during(false, second.promise)]
  const worked = lull.comes(false).then(() => told.push('worked'))

  first.resolve(true)
  await admitted[0]
  told.push('one admitted')
  second.resolve(true)
  await worked

  expect(told).toEqual(['one admitted', 'worked'])
})

test('a decision waits for no admission of anything else', async () => {
  const lull = lulls()
  void lull.during(false, new Promise(() => undefined))

  await expect(lull.comes(true)).resolves.toBeUndefined()
})

test('an admission that fails is waited for no more', async () => {
  const lull = lulls()

  await expect(lull.during(true, Promise.reject(new Error('away')))).rejects.toThrow('away')

  await expect(lull.comes(true)).resolves.toBeUndefined()
})

test('work begins although the admissions never end', async () => {
  const lull = lulls()
  void lull.during(false, new Promise(() => undefined))

  await expect(lull.comes(false)).resolves.toBeUndefined()
})

describe('presses', () => {
  /** Time that goes on when somebody waits; whoever waits is given what is pressed meanwhile. */
  function pressing(at: readonly number[]) {
    let now = 0
    const lull = lulls({
      now: () => now,
      wait: async (ms) => {
        const until = now + ms
        for (const time of at.filter((one) => one > now && one <= until)) await press(time)
        now = until
      },
    })
    async function press(time: number): Promise<void> {
      now = time
      await lull.during(true, Promise.resolve())
    }
    return {
      async calmAfter(first: readonly number[], longestMs: number): Promise<number> {
        for (const time of first) await press(time)
        await lull.calm(longestMs)
        return now
      },
    }
  }

  test('that come alone are worked on at once', async () => {
    expect(await pressing([]).calmAfter([1_000], 2_000)).toBe(1_000)
    expect(await pressing([]).calmAfter([1_000, 1_025], 2_000)).toBe(1_025)
  })

  test('that come close upon each other are worked on when the last has come', async () => {
    expect(await pressing([1_030, 1_050]).calmAfter([1_000, 1_010], 2_000)).toBe(1_075)
  })

  test('are worked on however long they go on coming', async () => {
    const everyTen = Array.from({ length: 1_000 }, (_, at) => 1_020 + 10 * at)

    expect(await pressing(everyTen).calmAfter([1_000, 1_010], 2_000)).toBe(3_010)
  })
})
