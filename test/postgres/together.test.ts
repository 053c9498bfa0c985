import { expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { inbox } from '#postgres/inbox.ts'
import { together } from '#postgres/together.ts'
import { freshDatabase } from '../support/database.ts'

test('what comes at once shares a statement, nobody waits for company, and everybody gets their own answer', async () => {
  const groups: (readonly number[])[] = []
  const double = together(async (items: readonly number[]) => {
    groups.push(items)
    await new Promise((resolve) => setTimeout(resolve, 5))
    return items.map((item) => item * 2)
  })

  const answers = await Promise.all(Array.from({ length: 100 }, (_, item) => double(item)))

  expect(answers).toEqual(Array.from({ length: 100 }, (_, item) => item * 2))
  expect(groups.flat()).toHaveLength(100)
  expect(groups.length).toBeLessThan(8)
  expect(groups[0]).toEqual([0])
})

test('what fails among others is tried alone, and fails alone', async () => {
  const careful = together(async (items: readonly number[]) => {
    if (items.includes(13)) throw new Error('thirteen')
    return items
  })

  const answers = await Promise.allSettled(Array.from({ length: 40 }, (_, item) => careful(item)))

  expect(answers.flatMap(({ status }, item) => (status === 'rejected' ? [item] : []))).toEqual([13])
})

test('T011 of forty requests at once, each sent twice to two processes, each is taken in once', async () => {
  const database = await freshDatabase()
  try {
    const [one, other] = [inbox(database.pools.decisions), inbox(database.pools.work)]
    const ids = Array.from({ length: 40 }, (_, at) => deliveryId(`slack:${at}`))
    const send = (id: (typeof ids)[number], process: typeof one) =>
      process.admit({ id, source: 'slack', urgent: false, body: { said: `"${id}",\\{}` } })

    const taken = await Promise.all([
      ...ids.flatMap((id) => [send(id, one), send(id, one)]),
      ...ids.toReversed().flatMap((id) => [send(id, other), send(id, other)]),
    ])

    expect(taken.filter(Boolean)).toHaveLength(40)
    expect(await Promise.all(ids.map((id) => one.load(id)))).toEqual(
      ids.map((id) => expect.objectContaining({ body: { said: `"${id}",\\{}` } })),
    )
  } finally {
    await database.close()
  }
})
