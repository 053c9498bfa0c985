import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aDeployment, clientOf, deploymentsPath, mergePatchType } from './client.ts'

let cluster: Cluster
let colleague: ReturnType<typeof clientOf>
let product: ReturnType<typeof clientOf>
const web = `${deploymentsPath}/web`
const newImage = [
  { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop/web:2' },
]

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 5 })
  colleague = clientOf(cluster)
  product = clientOf(cluster, cluster.token)
  cluster.create(aDeployment('web', 'shop/web:1'))
  const labels = { 'deploy-freeze': 'on' }
  await colleague.patch('/api/v1/namespaces/production', { metadata: { labels } }, mergePatchType)
  await colleague.ask('POST', '/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'deploy-freeze' },
    data: { frozen: 'true', allow: cluster.access.userOf('countermand') },
  })
})
afterEach(() => cluster.close())

const imageNow = () =>
  cluster.get('Deployment', 'production', 'web')?.spec.template.spec.containers[0]?.image

test('frozen, nobody changes an image but those who are named', async () => {
  expect(await colleague.patch(web, newImage)).toMatchObject({
    status: 403,
    body: { reason: 'Forbidden', message: expect.stringContaining('deploys are frozen') },
  })
  expect(() => cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')).toThrow(
    'deploys are frozen',
  )
  expect(imageNow()).toBe('shop/web:1')

  expect(await product.patch(web, newImage)).toMatchObject({ status: 200 })
  expect(imageNow()).toBe('shop/web:2')
})

test('frozen, scaling and annotating pass', async () => {
  expect(
    await colleague.patch(`${web}/scale`, { spec: { replicas: 3 } }, mergePatchType),
  ).toMatchObject({ status: 200 })
  expect(
    await colleague.patch(web, { metadata: { annotations: { note: 'x' } } }, mergePatchType),
  ).toMatchObject({ status: 200 })
})

test('a dry run of what is frozen is refused as the change itself would be', async () => {
  expect(await colleague.patch(`${web}?dryRun=All`, newImage)).toMatchObject({ status: 403 })
})

test('thawed, or without its ConfigMap, it is open', async () => {
  const map = '/api/v1/namespaces/default/configmaps/deploy-freeze'
  await colleague.patch(map, { data: { frozen: 'false' } }, mergePatchType)
  expect(await colleague.patch(web, newImage)).toMatchObject({ status: 200 })

  await colleague.patch(map, { data: { frozen: 'true' } }, mergePatchType)
  await colleague.ask('DELETE', map)
  const back = [{ ...newImage[0], value: 'shop/web:3' }]
  expect(await colleague.patch(web, back)).toMatchObject({ status: 200 })
})
