import { expect, test } from 'vitest'
import type { Approved } from '#ports/executor.ts'
import { freshWorlds, kinds, signal, until, type World } from './world.ts'

const world = freshWorlds()

async function approved(w: World): Promise<Approved> {
  const { running, history, precondition } = await w.observe()
  const to = history.find(({ name }) => name === 'v2.2.1')
  if (!to) throw new Error('v2.2.1 is not known')
  return { target: w.target, from: running, to, precondition }
}
const changed = (w: World, plan: Approved) => w.executor.changedSince(plan, signal())
const merge = (w: World, patch: unknown) => w.request('PATCH', w.path, patch)

test('an autoscaler that moves replicas meanwhile is in nobody’s way', async () => {
  const w = await world()
  const plan = await approved(w)

  await merge(w, { spec: { replicas: 5 } })

  expect(await changed(w, plan)).toBeUndefined()
})

test.each(kinds)('a %s whose settings somebody changed is not as it was shown', async (kind) => {
  const w = await world({ kind })
  const plan = await approved(w)

  await merge(w, { spec: { minReadySeconds: 1 } })

  expect(await changed(w, plan)).toBe(`${w.target.title} was changed meanwhile`)
})

test('T098 one that was deleted and made again, just as it was, is another', async () => {
  const w = await world()
  const plan = await approved(w)
  const { metadata, status: _status, ...same } = await w.workload()
  const { name, namespace, annotations } = metadata
  await w.request('DELETE', w.path)
  await until(async () => (await w.cluster.get(w.kind, 'checkout')) === undefined)

  await w.cluster.create({ ...same, metadata: { name, namespace, annotations } })

  expect(await changed(w, plan)).toBe(`${w.target.title} was changed meanwhile`)
})

test('T087 a way back that only our record knows is still one; without the record it is gone', async () => {
  const w = await world()
  const plan = await approved(w)
  const { matchLabels } = (await w.workload()).spec.selector
  const old = (await w.cluster.list('ReplicaSet')).find(({ spec }) => spec.replicas === 0)
  expect(matchLabels).toEqual({ app: 'checkout' })

  const path = `/apis/apps/v1/namespaces/${w.namespace}/replicasets`
  await w.request('DELETE', `${path}/${old?.metadata.name ?? ''}`)
  await until(async () => (await w.cluster.list('ReplicaSet')).length === 1)

  expect(await changed(w, plan)).toBeUndefined()
  w.record.rows.clear()
  expect(await changed(w, plan)).toBe(
    'v2.2.1 is no longer there: the cluster no longer keeps it, and our record has no template of it',
  )
})

test('a version the cluster keeps is one, though our record were lost', async () => {
  const w = await world()
  const plan = await approved(w)

  w.record.rows.clear()

  expect(await changed(w, plan)).toBeUndefined()
})

test('asks for the workload and the cluster’s name, and for nothing else', async () => {
  const w = await world()
  const plan = await approved(w)
  const before = w.cluster.requests.length

  await changed(w, plan)

  const asked = w.cluster.requests.slice(before).map(({ method, path }) => `${method} ${path}`)
  expect(asked.toSorted()).toEqual(['GET /api/v1/namespaces/kube-system', `GET ${w.path}`])
})
