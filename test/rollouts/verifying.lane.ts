import { expect, test } from 'vitest'
import { answering } from './answering.ts'
import { blueGreen, carriedOut, freshWorlds, isHealthy } from './world.ts'

const fresh = freshWorlds()

test('pods that wait for the end of their delay are no others that serve', async () => {
  const w = await fresh({ strategy: blueGreen(600) })
  await carriedOut(w, (await w.plan('v2.2.1')).steps)

  await expect
    .poll(async () => (await w.verify('v2.2.1')).map(({ id, result }) => `${id} ${result}`))
    .toEqual(['units passed', 'serving passed', 'endpoints passed', 'endpoints passed'])
  const pods = await w.cluster.pods()
  const images = new Set(pods.map(({ spec }) => spec.containers[0]?.image))

  expect(images).toEqual(new Set(['shop/checkout:2.2.1', 'shop/checkout:2.3.0']))
})

test('a version that is up and not served by the active Service does not pass', async () => {
  const w = await fresh({ strategy: blueGreen(600), images: ['shop/checkout:2.2.1'] })
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt(({ status }) => status.phase === 'Paused')

  const checks = await w.verify('v2.3.0')

  expect(checks.filter(({ result }) => result === 'failed').map(({ text }) => text)).toEqual(
    expect.arrayContaining([expect.stringContaining('in service checkout')]),
  )
})

const analysis = { templates: [{ templateName: 'errors' }], startingStep: 0 }
const analysed = { canary: { steps: [{ setWeight: 50 }, { pause: {} }], analysis } }

test('what an analysis says is shown, and its version is aborted', async () => {
  const url = await answering({ errors: 12 })
  const withAnalysis = { url, failureCondition: 'result > 100' }
  const w = await fresh({ images: ['shop/checkout:2.2.1'], strategy: analysed, withAnalysis })
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt(({ status }) => JSON.stringify(status).includes('Inconclusive'))

  const { warnings } = await w.observe()
  const { steps } = await w.plan('v2.2.1')
  await carriedOut(w, steps)

  expect(warnings).toContainEqual({
    kind: 'analysis',
    name: expect.stringMatching(/^checkout-/),
    result: 'Inconclusive',
    why: expect.stringContaining('errors'),
  })
  expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 aborted', 'template restored'])
  expect(isHealthy(await w.look())).toBe(true)
})

test('a version that an analysis took back is not aborted again', async () => {
  const withAnalysis = { url: await answering({ errors: 12 }) }
  const w = await fresh({ images: ['shop/checkout:2.2.1'], strategy: analysed, withAnalysis })
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt(({ status }) => status.abort === true && status.phase === 'Degraded')

  const { warnings } = await w.observe()
  const { steps } = await w.plan('v2.2.1')
  await carriedOut(w, steps)

  expect(warnings).toContainEqual({
    kind: 'aborted',
    why: expect.stringContaining('Metric "errors" assessed Failed'),
  })
  expect(steps.map(({ name }) => name)).toEqual(['template restored'])
  expect(isHealthy(await w.look())).toBe(true)
})
