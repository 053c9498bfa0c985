import { expect, test } from 'vitest'
import { LeftHalfway, Superseded } from '#ports/executor.ts'
import { freshColours } from './colours-world.ts'
import { signal } from './world.ts'

const world = freshColours()

test('what somebody has switched back since is not switched again by a second try', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const { steps } = await w.plan()
  const change = steps[0]?.change ?? null
  await w.executor.apply(change, 'rb_1.0', signal())
  await w.change({ spec: { selector: { colour: 'green' } } })

  await w.freshExecutor().apply(change, 'rb_1.0', signal())

  expect(await w.selects()).toMatchObject({ colour: 'green' })
})

test('pods that a colour got for a switch are not taken from it again once somebody else has sent it the requests', async () => {
  const w = await world({ blue: { replicas: 0 } })
  await w.verified('v2.2.1')
  const { steps } = await w.plan()
  const [grown] = steps.slice(0, 1)
  if (!grown) throw new Error('it needs no pods')
  await w.carryOut([grown])
  await w.change({ spec: { selector: { colour: 'blue' } } })

  const taken = w.executor.apply(grown.undo, 'rb_1.0.undo', signal())

  await expect(taken).rejects.toThrow(Superseded)
  await expect(taken).rejects.toThrow('Service checkout sends its requests to checkout-blue by now')
  expect(await w.pods('checkout-blue')).toBe(2)
  await w.change({ spec: { selector: { colour: 'green' } } })
  await w.carryOut([grown], 'undo')
  expect(await w.pods('checkout-blue')).toBe(0)
})

const onBlue = { method: 'PATCH', path: 'deployments/checkout-blue' }
test.each([
  ['before a second try', 1, 'Service checkout sends its requests to checkout-blue by now'],
  ['in that very moment', 0, 'checkout-blue by now; its 2 pods were asked for again'],
])(
  'a colour that somebody sends the requests to while its added pods are taken back keeps them: %s',
  async (_, troubles, why) => {
    const w = await world({ blue: { replicas: 0 } })
    await w.verified('v2.2.1')
    const [grown] = (await w.plan()).steps
    if (!grown) throw new Error('it needs no pods')
    await w.carryOut([grown])
    if (troubles > 0) w.cluster.faults.add({ ...onBlue, status: 503 })
    const undoing = w.freshExecutor((api) => ({
      ...api,
      async patch(...asked) {
        try {
          return await api.patch(...asked)
        } finally {
          await w.change({ spec: { selector: { colour: 'blue' } } })
        }
      },
    }))
    const taken = () => undoing.apply(grown.undo, 'rb_1.0.undo', signal())

    const first = taken()

    await expect(first).rejects.toThrow(Superseded)
    await expect(first).rejects.toThrow(why)
    await expect(taken()).rejects.toThrow(Superseded)
    expect(await w.pods('checkout-blue')).toBe(2)
  },
)

test('where they cannot be asked for again, whoever decides is told how many pods it is without', async () => {
  const w = await world({ blue: { replicas: 0 } })
  await w.verified('v2.2.1')
  const [grown] = (await w.plan()).steps
  if (!grown) throw new Error('it needs no pods')
  await w.carryOut([grown])
  const undoing = w.freshExecutor((api) => ({
    ...api,
    async patch(...asked) {
      const answer = await api.patch(...asked)
      await w.change({ spec: { selector: { colour: 'blue' } } })
      w.cluster.faults.add({ ...onBlue, status: 400, message: 'the quota is used up' })
      return answer
    },
  }))

  const taken = undoing.apply(grown.undo, 'rb_1.0.undo', signal())

  await expect(taken).rejects.toThrow(LeftHalfway)
  await expect(taken).rejects.toThrow(
    'checkout-blue was scaled to 0, and Service checkout sends its requests to checkout-blue by now. Scale it to 2: the quota is used up',
  )
})

test('what the bad version left behind is had although nobody can tell which colour serves', async () => {
  const w = await world()
  const bad = (await w.observe()).running
  await w.change({ spec: { selector: { colour: null } } })

  const pieces = await w.executor.evidence(w.target, bad.id, signal())

  const texts = pieces.map(({ name }) => name)
  expect(texts).toContainEqual(expect.stringContaining('checkout-green'))
})
