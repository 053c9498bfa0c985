import { expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { fromDate } from '#domain/time.ts'
import { carriedOut, freshWorlds, isHealthy, signal } from './world.ts'

const fresh = freshWorlds()
const rollback = rollbackId('rb_one')
const merge = 'application/merge-patch+json'

/** A namespace that has what `deploy/freeze.yaml` asks for. */
async function policed() {
  const w = await fresh({ isFreezing: true })
  const { namespace } = w.cluster
  await w.cluster.must(
    'PATCH',
    `/api/v1/namespaces/${namespace}`,
    { metadata: { labels: { 'countermand.dev/freeze': 'on' } } },
    merge,
  )
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace },
  })
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'countermand-hold', labels: { 'countermand.dev/hold': 'on' } },
    template: { spec: { containers: [{ name: 'none', image: 'none' }] } },
  })
  return w
}

test('a frozen Rollout takes a new template from nobody but us, and its controller works on', async () => {
  const w = await policed()
  const words = 'Deploys of checkout are frozen until 16:30 UTC.'
  const until = fromDate(new Date('2026-11-21T16:30:00Z'))

  await w.executor.freezer?.raise(w.target, { rollback, until, words }, signal())

  await expect(w.ship('shop/checkout:2.4.0')).rejects.toThrow(words)
  const ends = await carriedOut(w, (await w.plan('v2.2.1')).steps)
  expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  await w.patch({ spec: { replicas: 3 } })
  expect(isHealthy(await w.onceIt(isHealthy))).toBe(true)
  await w.executor.freezer?.lift(w.target, rollback, signal())
  await w.ship('shop/checkout:2.4.0')
})

test('a version of a Rollout that is held is refused, and another is not', async () => {
  const w = await policed()
  await carriedOut(w, (await w.plan('v2.2.1')).steps)
  const { running: instead, history } = await w.observe()
  const held = history.find(({ name }) => name === 'v2.3.0')
  if (!held) throw new Error('the version that was left is not known')
  const words = 'v2.3.0 of checkout is held by Countermand.'

  await w.executor.holder?.enforce(w.target, { rollback, held, instead, words }, signal())

  await expect(w.ship('shop/checkout:2.3.0')).rejects.toThrow(words)
  await w.ship('shop/checkout:2.4.0')
  await w.executor.holder?.release(w.target, rollback, signal())
  await w.ship('shop/checkout:2.3.0')
})
