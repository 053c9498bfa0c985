import { expect, test } from 'vitest'
import { sideBySide } from '#workflows/side-by-side.ts'

test('so many are under way at a time, in their order', async () => {
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>())
  const begun: number[] = []
  const all = sideBySide(2, [0, 1, 2], async (at) => {
    begun.push(at)
    await gates[at]?.promise
  })
  await Promise.resolve()
  const first = [...begun]

  gates[1]?.resolve()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  gates[0]?.resolve()
  gates[2]?.resolve()
  await all

  expect(first).toEqual([0, 1])
})

test('when one throws, what has begun is waited for, and nothing more begins', async () => {
  const slow = Promise.withResolvers<void>()
  const begun: number[] = []
  let isOver = false
  const all = sideBySide(2, [0, 1, 2, 3], async (at) => {
    begun.push(at)
    if (at === 1) throw new Error('the second fails')
    await slow.promise
    isOver = true
  })

  setImmediate(slow.resolve)
  await expect(all).rejects.toThrow('the second fails')

  expect(isOver).toBe(true)
  expect(begun).toEqual([0, 1])
})
