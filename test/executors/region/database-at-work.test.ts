import { expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import { freshWorlds, signal, type World } from './world.ts'

const world = freshWorlds()

/** Somebody changes the account beside us, and it takes long; when it is done, `order` stands. */
function atWork({ pretend: { account } }: World, order: readonly string[] = account.order) {
  account.operation = {
    id: 'op-theirs',
    endsAt: Number.POSITIVE_INFINITY,
    end: () => undefined,
    told: order,
    why: undefined,
  }
}

test('an account at work takes no other change: a plan that would move its writes is closed, and says so', async () => {
  const w = await world()
  atWork(w)

  const { blockers, steps } = await w.route('northeurope')

  expect(steps).toEqual([])
  expect(blockers).toEqual([
    {
      kind: 'unsupported',
      why: 'the Cosmos DB account shop is Updating: it takes no other change until that is done; look again then',
    },
  ])
})

test('a plan that only moves requests does not wait for it', async () => {
  const w = await world()
  w.pretend.account.isMultiWrite = true
  atWork(w)

  expect((await w.observe()).blockers).toEqual([])
  const { steps, blockers } = await w.route('northeurope')
  expect(blockers).toEqual([])
  for (const step of steps) {
    await w.apply(step)
    expect((await w.follow(step)).at(-1)).toMatchObject({ kind: 'settled' })
  }

  expect(w.pretend.serving()).toBe('northeurope')
  expect(JSON.stringify((await w.observe()).warnings)).toContain(
    'the Cosmos DB account shop is Updating: where it takes writes may change',
  )
})

test('where the writes went elsewhere meanwhile, the requests do not follow the plan of before', async () => {
  const w = await world()
  w.pretend.account.order.reverse()
  const { steps } = await w.route('northeurope')
  expect(steps.map(({ name }) => name)).toEqual(['westeurope closed'])
  atWork(w)
  w.pretend.account.order.reverse()

  await expect(w.apply(steps[0])).rejects.toThrow(Superseded)

  expect(w.pretend.serving()).toBe('westeurope')
})

test('why a change was not done is told of that change alone, and once', async () => {
  const w = await world({ changeMs: 60_000 })
  const [moved] = (await w.route('northeurope')).steps
  await w.apply(moved)
  const { operation } = w.pretend.account
  if (!operation) throw new Error('nothing was begun')
  w.pretend.account.operation = { ...operation, endsAt: 0, why: 'no capacity there' }

  expect((await w.follow(moved)).at(-1)).toMatchObject({
    kind: 'failed',
    message: 'the Cosmos DB account shop did not do it: ServiceUnavailable. no capacity there',
  })
  const looks = w.executor.progress(moved?.change ?? null, signal())
  for await (const look of looks) {
    expect(look).toMatchObject({ kind: 'moving' })
    break
  }
})
