import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { provenByCluster } from '#identity/kubernetes.ts'
import { kubeconfigFor, startReviewer } from '../support/pretend-reviewer.ts'

let folder: string
let cluster: Awaited<ReturnType<typeof startReviewer>>
let elsewhere: Awaited<ReturnType<typeof startReviewer>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countermand-'))
  cluster = await startReviewer(
    new Map([
      ['the-bots-token', { username: 'system:serviceaccount:countermand:countermand' }],
      ['tomas-token', { username: 'tomas@shop.example', groups: ['engineering'] }],
    ]),
  )
  elsewhere = await startReviewer(new Map([['tomas-token', { username: 'vp@shop.example' }]]))
  await writeFile(join(folder, 'bot'), kubeconfigFor(cluster.url, 'the-bots-token'))
})
afterAll(async () => {
  await Promise.all([cluster.close(), elsewhere.close(), rm(folder, { recursive: true })])
})

async function proven(mine: string) {
  const own = join(folder, 'mine')
  await writeFile(own, mine)
  const api = kubernetesApi(connect({ kubeconfig: join(folder, 'bot'), as: { kubeconfig: own } }))
  return provenByCluster(api, 'prod', AbortSignal.timeout(10_000))
}

test('the cluster says who the credentials belong to', async () => {
  expect(await proven(kubeconfigFor(cluster.url, 'tomas-token'))).toEqual({
    issuer: 'cluster prod',
    name: 'tomas@shop.example',
    groups: ['engineering'],
    email: undefined,
  })
})

test('a kubeconfig that names another server changes nobody: the configured cluster is asked', async () => {
  expect(await proven(kubeconfigFor(elsewhere.url, 'tomas-token'))).toMatchObject({
    name: 'tomas@shop.example',
  })
  expect(elsewhere.received).toEqual([])
})

test('credentials that the cluster does not know prove nobody', async () => {
  await expect(proven(kubeconfigFor(cluster.url, 'made-up'))).rejects.toThrow(
    /The cluster prod did not say who you are/,
  )
})

test('a kubeconfig without a user is refused with a sentence', async () => {
  await expect(proven('apiVersion: v1\nkind: Config\n')).rejects.toThrow(/names no user/)
})
