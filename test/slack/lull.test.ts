import { expect, test } from 'vitest'
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
