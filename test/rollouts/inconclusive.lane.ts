import { expect, test } from 'vitest'
import { answering } from './answering.ts'
import { carriedOut, freshWorlds, signal } from './world.ts'

const fresh = freshWorlds()

test('a canary of which an analysis says neither yes nor no is shown so, and goes on when somebody lets it', async () => {
  const url = await answering({ errors: 12 })
  const w = await fresh({
    images: ['shop/checkout:2.2.1'],
    strategy: {
      canary: {
        steps: [
          { setWeight: 50 },
          { analysis: { templates: [{ templateName: 'errors' }] } },
          { setWeight: 75 },
          { pause: {} },
        ],
      },
    },
    withAnalysis: { url, failureCondition: 'result > 100' },
  })
  const { promoter } = w.executor
  if (!promoter) throw new Error('no promoter')
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt(({ status }) => (status.pauseConditions ?? []).length > 0)

  const seen = await promoter.canary(w.target, signal())
  const { steps } = await promoter.forward(w.target, seen, 75, 'pr_1', signal())
  const ends = await carriedOut(w, steps)
  await w.executor.apply(steps[0]?.change ?? null, 'pr_1.0', signal())

  expect(seen.warnings).toContainEqual({
    kind: 'analysis',
    name: expect.stringMatching(/^checkout-/),
    result: 'Inconclusive',
    why: expect.stringContaining('errors'),
  })
  expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  expect((await w.look()).status.currentStepIndex).toBe(3)
})
