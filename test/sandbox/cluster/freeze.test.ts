import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aDeployment, clientOf, deploymentsPath, mergePatchType } from './client.ts'

let cluster: Cluster
let colleague: ReturnType<typeof clientOf>
let product: ReturnType<typeof clientOf>
const web = `${deploymentsPath}/web`
const map = '/api/v1/namespaces/production/configmaps/countermand-freeze'
const words = 'Deploys of web are frozen until 16:30 UTC: it is being rolled back.'
const newImage = [
  { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop/web:2' },
]
const frozenWeb = { data: { 'deployment.web': `rb_1\n2026-11-21T16:30:00.000000Z\n${words}` } }
const denied = (message: string) => ({
  status: 403,
  body: {
    reason: 'Forbidden',
    message: `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'countermand-freeze' with binding 'countermand-freeze' denied request: ${message}`,
  },
})

beforeEach(async () => {
  const namespaceLabels = { 'countermand.dev/freeze': 'on' }
  cluster = await startCluster({ podStartMs: 5, namespaceLabels })
  colleague = clientOf(cluster)
  product = clientOf(cluster, cluster.token)
  cluster.create(aDeployment('web', 'shop/web:1'))
  cluster.create(aDeployment('api', 'shop/api:1'))
  cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace: 'production' },
  })
})
afterEach(() => cluster.close())

const freeze = () => colleague.patch(map, frozenWeb, mergePatchType)
const imageNow = () =>
  cluster.get('Deployment', 'production', 'web')?.spec.template.spec.containers[0]?.image

describe('frozen', () => {
  beforeEach(freeze)

  test('nobody changes the pods but those who are named', async () => {
    expect(await colleague.patch(web, newImage)).toMatchObject(denied(words))
    expect(() => cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')).toThrow(words)
    expect(imageNow()).toBe('shop/web:1')

    expect(await product.patch(web, newImage)).toMatchObject({ status: 200 })
    expect(imageNow()).toBe('shop/web:2')
  })

  test('it is neither deleted nor made again', async () => {
    expect(await colleague.ask('DELETE', web)).toMatchObject(denied(words))
    expect(
      await colleague.ask('POST', deploymentsPath, aDeployment('web', 'shop/web:2')),
    ).toMatchObject(denied(words))
  })

  test('the break-glass group passes', async () => {
    const insider = clientOf(cluster, cluster.adminToken, {
      'impersonate-user': 'jane',
      'impersonate-group': 'countermand:break-glass',
    })

    expect(await insider.patch(web, newImage)).toMatchObject({ status: 200 })
  })

  test('scaling, restarting and annotating pass, and so does any other workload', async () => {
    const at = { 'kubectl.kubernetes.io/restartedAt': 'now' }
    const restart = { spec: { template: { metadata: { annotations: at } } } }
    const passes = async (path: string, body: unknown, type?: string) =>
      expect(await colleague.patch(path, body, type)).toMatchObject({ status: 200 })

    await passes(`${web}/scale`, { spec: { replicas: 3 } }, mergePatchType)
    await passes(web, restart, mergePatchType)
    await passes(web, { metadata: { annotations: { note: 'x' } } }, mergePatchType)
    await passes(`${deploymentsPath}/api`, newImage)
  })

  test('a dry run is refused as the change itself would be', async () => {
    expect(await colleague.patch(`${web}?dryRun=All`, newImage)).toMatchObject(denied(words))
  })

  test('the check is refused to everybody, and only as a dry run', async () => {
    const check = { metadata: { annotations: { 'countermand.dev/freeze-check': '1' } } }

    expect(await product.patch(`${web}?dryRun=All`, check, mergePatchType)).toMatchObject(
      denied('The freeze acts.'),
    )
    expect(await product.patch(web, check, mergePatchType)).toMatchObject({ status: 200 })
  })
})

describe('open', () => {
  test('without an entry, without the ConfigMap, without the label', async () => {
    const ship = async (tag: string) =>
      (await colleague.patch(web, [{ ...newImage[0], value: `shop/web:${tag}` }])).status

    expect(await ship('2')).toBe(200)
    await freeze()
    expect(await ship('3')).toBe(403)
    const labels = { 'countermand.dev/freeze': null }
    await colleague.patch('/api/v1/namespaces/production', { metadata: { labels } }, mergePatchType)
    expect(await ship('3')).toBe(200)
    await colleague.patch(
      '/api/v1/namespaces/production',
      { metadata: { labels: { 'countermand.dev/freeze': 'on' } } },
      mergePatchType,
    )
    expect(await ship('4')).toBe(403)
    await colleague.ask('DELETE', map)
    expect(await ship('4')).toBe(200)
  })
})
