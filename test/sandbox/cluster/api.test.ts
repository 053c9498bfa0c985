import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import {
  aDeployment,
  clientOf,
  deploymentsPath,
  isRolledOut,
  mergePatchType,
  strategicPatchType,
  until,
} from './client.ts'

let cluster: Cluster
let client: ReturnType<typeof clientOf>
const path = `${deploymentsPath}/web`

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 10, podStopMs: 5 })
  client = clientOf(cluster)
  cluster.create(aDeployment('web', 'shop/web:1', { replicas: 2 }))
  await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))
})
afterEach(() => cluster.close())

const get = () => {
  const found = cluster.get('Deployment', 'production', 'web')
  if (found === undefined) throw new Error('web is gone')
  return found
}
const setImage = (image: string) => ({
  op: 'replace',
  path: '/spec/template/spec/containers/0/image',
  value: image,
})

describe('JSON Patch', () => {
  test('with matching uid and generation goes through, during a rollout too', async () => {
    const { uid } = get().metadata
    cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
    const version = Number(get().metadata.resourceVersion)
    await until(cluster, () => Number(get().metadata.resourceVersion) > version)

    const answer = await client.patch(path, [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/metadata/generation', value: 2 },
      setImage('shop/web:1'),
    ])

    expect(answer.status).toBe(200)
    expect(get().metadata.generation).toBe(3)
  })

  test('with a failed test is 422 with the text that says nothing, and changes nothing', async () => {
    const before = get()

    const answer = await client.patch(path, [
      { op: 'test', path: '/metadata/generation', value: 99 },
      setImage('shop/web:2'),
    ])

    expect(answer).toEqual({
      status: 422,
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'the server rejected our request due to an error in our request',
        reason: 'Invalid',
        details: {},
        code: 422,
      },
    })
    expect(get()).toEqual(before)
  })

  test('at a place that does not exist is the same 422: a lost race looks like a malformed patch', async () => {
    const answer = await client.patch(path, [{ op: 'remove', path: '/spec/nothing' }])
    expect(answer).toMatchObject({ status: 422, body: { details: {} } })
  })

  test('sent as an object is 400, sent as plain JSON 415', async () => {
    expect(await client.patch(path, { spec: {} })).toMatchObject({
      status: 400,
      body: { reason: 'BadRequest', message: expect.stringContaining('cannot unmarshal object') },
    })
    expect(await client.patch(path, [setImage('x')], 'application/json')).toMatchObject({
      status: 415,
      body: { reason: 'UnsupportedMediaType' },
    })
  })

  test('as a dry run answers what would be and changes nothing', async () => {
    const before = get()

    const answer = await client.patch(`${path}?dryRun=All`, [setImage('shop/web:2')])

    expect(answer).toMatchObject({
      status: 200,
      body: {
        metadata: { generation: 2 },
        spec: { template: { spec: { containers: [{ image: 'shop/web:2' }] } } },
      },
    })
    expect(get()).toEqual(before)
  })

  test('that leaves a container without an image is refused with the field', async () => {
    expect(await client.patch(path, [setImage('')])).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        details: { causes: [{ field: 'spec.template.spec.containers[0].image' }] },
      },
    })
  })
})

describe('other patches', () => {
  test('a merge patch with a stale resourceVersion is 409', async () => {
    const { resourceVersion } = get().metadata
    cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')

    const answer = await client.patch(
      path,
      { metadata: { resourceVersion }, spec: { replicas: 5 } },
      mergePatchType,
    )

    expect(answer).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
      },
    })
  })

  test('a merge patch replaces lists, null removes', async () => {
    await client.patch(path, { metadata: { annotations: { a: '1', b: '2' } } }, mergePatchType)
    await client.patch(path, { metadata: { annotations: { a: null } } }, mergePatchType)
    expect(get().metadata.annotations).toMatchObject({ b: '2' })
    expect(get().metadata.annotations).not.toHaveProperty('a')
  })

  test('a strategic merge merges containers and environment by name, and replaces where told', async () => {
    const containers = [{ name: 'app', env: [{ name: 'MODE', value: 'slow' }] }]
    await client.patch(path, { spec: { template: { spec: { containers } } } }, strategicPatchType)
    expect(get().spec.template.spec.containers).toMatchObject([
      { name: 'app', image: 'shop/web:1', env: [{ name: 'MODE', value: 'slow' }] },
    ])

    const template = {
      $patch: 'replace',
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'shop/web:3' }] },
    }
    await client.patch(path, { spec: { template } }, strategicPatchType)
    expect(get().spec.template).toMatchObject({
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'shop/web:3' }] },
    })
  })

  test('a PUT during a rollout loses against the status writes', async () => {
    const stale = get()
    cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
    await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:2'))

    const answer = await client.ask('PUT', path, stale)

    expect(answer.status).toBe(409)
  })
})

describe('versions', () => {
  test('status writes move resourceVersion and leave generation', async () => {
    const { generation, resourceVersion } = get().metadata
    await client.patch(`${path}/scale`, { spec: { replicas: 3 } }, mergePatchType)
    const scaled = get().metadata
    await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))

    expect(scaled.generation).toBe((generation ?? 0) + 1)
    expect(get().metadata.generation).toBe(scaled.generation)
    expect(Number(get().metadata.resourceVersion)).toBeGreaterThan(Number(scaled.resourceVersion))
    expect(Number(scaled.resourceVersion)).toBeGreaterThan(Number(resourceVersion))
  })

  test('an annotation on a Deployment moves its generation, as the real strategy has it', async () => {
    await client.patch(path, { metadata: { annotations: { note: 'x' } } }, mergePatchType)
    expect(get().metadata.generation).toBe(2)
  })

  test('a write that changes nothing moves nothing', async () => {
    const before = get().metadata
    await client.patch(path, [setImage('shop/web:1')])
    expect(get().metadata).toEqual(before)
  })
})

describe('reading', () => {
  test('says which version it is', async () => {
    expect((await client.get('/version')).body).toMatchObject({ gitVersion: 'v1.36.2' })
  })

  test('selects by labels and fields, and pages', async () => {
    cluster.create(aDeployment('api', 'shop/api:1'))
    const names = async (query: string) => {
      const { body } = await client.get(`${deploymentsPath}?${query}`)
      return (body['items'] as { metadata: { name: string } }[]).map(
        ({ metadata }) => metadata.name,
      )
    }

    expect(await names('')).toEqual(['api', 'web'])
    expect(await names('labelSelector=app%3Dweb')).toEqual(['web'])
    expect(await names('labelSelector=app%20in%20(web,api),app!=web')).toEqual(['api'])
    expect(await names('fieldSelector=metadata.name%3Dapi')).toEqual(['api'])
    const first = await client.get(`${deploymentsPath}?limit=1`)
    const token = (first.body['metadata'] as { continue: string }).continue
    expect(await names(`limit=1&continue=${token}`)).toEqual(['web'])
    cluster.create(aDeployment('late', 'shop/late:1'))
    cluster.compact()
    expect(await client.get(`${deploymentsPath}?limit=1&continue=${token}`)).toMatchObject({
      status: 410,
      body: { reason: 'Expired' },
    })
  })

  test('what is not there is 404 as a Status, an unknown path 404 in plain text', async () => {
    expect(await client.get(`${deploymentsPath}/nope`)).toMatchObject({
      status: 404,
      body: {
        message: 'deployments.apps "nope" not found',
        details: { name: 'nope', group: 'apps', kind: 'deployments' },
      },
    })
    expect(await client.get('/apis/argoproj.io/v1alpha1/rollouts')).toMatchObject({
      status: 404,
      body: { text: '404 page not found\n' },
    })
  })
})

describe('who may', () => {
  test('nobody without the token', async () => {
    expect(await clientOf(cluster, 'wrong').get(path)).toMatchObject({
      status: 401,
      body: { reason: 'Unauthorized' },
    })
  })

  test('the product may what an executor needs and nothing else, and is told which verb it lacks', async () => {
    const product = clientOf(cluster, cluster.token)
    const review = (verb: string, group: string, resource: string, subresource = '') =>
      product
        .ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          spec: {
            resourceAttributes: { namespace: 'production', verb, group, resource, subresource },
          },
        })
        .then(({ body }) => body['status'])

    expect(await review('patch', 'apps', 'deployments')).toMatchObject({ allowed: true })
    expect(await review('get', '', 'pods', 'log')).toMatchObject({ allowed: true })
    expect(await review('get', '', 'secrets')).toEqual({ allowed: false })
    expect(await product.ask('DELETE', path)).toMatchObject({ status: 403 })

    cluster.access.forbid('patch', 'deployments')
    expect(await review('patch', 'apps', 'deployments')).toEqual({ allowed: false })
    expect(await product.patch(path, [setImage('shop/web:2')])).toMatchObject({
      status: 403,
      body: {
        reason: 'Forbidden',
        message:
          'deployments.apps "web" is forbidden: User "system:serviceaccount:countermand:countermand" cannot patch resource "deployments" in API group "apps" in the namespace "production"',
      },
    })
  })
})

describe('trouble on request', () => {
  test('comes as often as asked and then stops', async () => {
    cluster.faults.add({ method: 'GET', path: 'deployments/web', status: 503, times: 2 })
    const statuses = []
    for (let round = 0; round < 3; round += 1) statuses.push((await client.get(path)).status)
    expect(statuses).toEqual([503, 503, 200])
  })

  test('cut before, a request does nothing; cut after, only its answer is lost', async () => {
    cluster.faults.add({ method: 'PATCH', cut: 'before' })
    await expect(client.patch(path, [setImage('shop/web:2')])).rejects.toThrow('fetch failed')
    expect(get().metadata.generation).toBe(1)

    cluster.faults.add({ method: 'PATCH', cut: 'after' })
    await expect(client.patch(path, [setImage('shop/web:2')])).rejects.toThrow('fetch failed')
    expect(get().metadata.generation).toBe(2)
  })

  test('is in the record of requests with everything else', async () => {
    cluster.faults.add({ method: 'PATCH', status: 429, retryAfterSeconds: 1 })
    await client.patch(path, [setImage('shop/web:2')])

    expect(cluster.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      path,
      contentType: 'application/json-patch+json',
      body: [setImage('shop/web:2')],
      status: 429,
    })
  })
})
