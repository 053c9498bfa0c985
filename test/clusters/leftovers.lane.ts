import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { type Client, clientOf } from '../control-plane/client.ts'
import { ownerLabels, processLabel } from '../control-plane/owner.ts'
import { clearLeftovers } from './leftovers.ts'

let client: Client
const name = `left-${randomBytes(4).toString('hex')}`
const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles'

beforeEach(async () => {
  client = await clientOf(inject('realCluster').kubeconfig)
})
afterEach(async () => {
  await client.ask('DELETE', `${roles}/${name}`)
  client.close()
})

const isThere = async () => (await client.ask('GET', `${roles}/${name}`)).status === 200
const labelled = (labels: object) =>
  client.must('POST', roles, { metadata: { name, labels }, rules: [] })

test('what a run has left behind is cleared away when its process is gone', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await labelled({ ...ownerLabels(), [processLabel]: String(child.pid) })

  expect(await clearLeftovers(client)).toBeGreaterThanOrEqual(1)
  expect(await isThere()).toBe(false)
})

test('what another run is using stays', async () => {
  await labelled({ ...ownerLabels(), [processLabel]: String(process.ppid) })

  await clearLeftovers(client)

  expect(await isThere()).toBe(true)
})
