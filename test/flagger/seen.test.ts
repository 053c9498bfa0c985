import { expect, test } from 'vitest'
import { instant } from '#domain/time.ts'
import { bad, freshWorlds, good, signal } from './world.ts'

const fresh = freshWorlds()

test('a gate at which Flagger never asks is said to have a wrong address, and nobody waits in the dark', async () => {
  const w = await fresh({
    gates: ['rollback'],
    hasWrongSecret: true,
    analysis: { stepWeights: [10] },
  })
  await w.patch({ spec: { analysis: { iterations: 100, stepWeights: null } } })
  await w.ship(bad)
  await w.inPhase('Progressing')
  await w.rested()
  const [first] = (await w.plan('v2.2.1')).steps

  await w.executor.apply(first?.change ?? null, 'rb_1.0', signal())
  await w.tick()
  const stop = new AbortController()
  const notes: string[] = []
  for await (const one of w.executor.progress(first?.change ?? null, stop.signal)) {
    if (one.kind === 'moving') notes.push(one.note)
    stop.abort()
  }

  expect(notes[0]).toMatch(
    /^Flagger has not asked yet, .* the address and the secret in its Canary/,
  )
})

test('the pods of the copy that serves are those that are looked at, and the bad version leaves its evidence there', async () => {
  const w = await fresh({ images: [good, bad] })
  const { running } = await w.observe()
  const from = instant((Date.now() - 3_600_000) * 1_000)

  const seen = async () => {
    const { instances } = (await w.executor.instances?.look(w.target, from, signal())) ?? {}
    if (instances?.kind !== 'told') return undefined
    const { wanted, all } = instances.what
    return { wanted, all: all.map(({ name, isNew }) => `${name.slice(0, 17)} ${isNew}`) }
  }
  const left = await w.executor.evidence(w.target, running.id, signal())

  // A pod of the version before may still be ending.
  await expect
    .poll(seen)
    .toEqual({ wanted: 2, all: ['checkout-primary- true', 'checkout-primary- true'] })
  expect(left.some(({ name }) => name.startsWith('checkout-primary-'))).toBe(true)
})
