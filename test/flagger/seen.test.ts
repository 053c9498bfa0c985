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

  const { instances } = (await w.executor.instances?.look(w.target, from, signal())) ?? {}
  const left = await w.executor.evidence(w.target, running.id, signal())

  const seen = instances?.kind === 'told' ? instances.what : undefined
  expect(seen?.wanted).toBe(2)
  expect(seen?.all.map(({ name, isNew }) => [name.startsWith('checkout-primary-'), isNew])).toEqual(
    [
      [true, true],
      [true, true],
    ],
  )
  expect(left.some(({ name }) => name.startsWith('checkout-primary-'))).toBe(true)
})
