import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, expect, inject, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { type Client, clientOf } from '../control-plane/client.ts'
import { ownerLabels } from '../control-plane/owner.ts'
import { holds, productToken } from './real-rights.ts'

const closing: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

test('applied as they stand, the files of deploy/ give the account of the product the rights that all tests run under, and no others', async () => {
  const client = await clientOf(inject('realCluster').kubeconfig)
  closing.push(() => client.close())
  const namespace = `shop-${randomBytes(4).toString('hex')}`
  await client.must('POST', '/api/v1/namespaces', {
    metadata: { name: namespace, labels: ownerLabels() },
  })
  closing.push(() => client.ask('DELETE', `/api/v1/namespaces/${namespace}`))
  const token = await productToken(client)
  // Nothing is left from elsewhere that would make up for what the files lack.
  await holds(client, namespace, token, [])

  for (const one of documentsOf('rbac', 'freeze')) await apply(client, one, namespace)

  await holds(client, namespace, token, [...deployedGrants('rbac'), ...deployedGrants('freeze')])
  const map = `/api/v1/namespaces/${namespace}/configmaps/countermand-freeze`
  expect((await client.ask('GET', map)).status).toBe(200)
})

const Document = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
})

/** What belongs to a namespace; the rest of the files is there once for the cluster. */
const documentsOf = (...files: readonly string[]) =>
  files.flatMap((file) =>
    parseAllDocuments(
      readFileSync(new URL(`../../deploy/${file}.yaml`, import.meta.url), 'utf8'),
    ).flatMap((document) => Document.safeParse(document.toJS()).data ?? []),
  )

/** As `kubectl apply` would; the files say `production` where each namespace has its own. */
async function apply(
  client: Client,
  document: z.infer<typeof Document>,
  ours: string,
): Promise<void> {
  const { apiVersion, kind, metadata } = document
  const isOurs = metadata.namespace === 'production'
  const namespace = isOurs ? ours : metadata.namespace
  const root = apiVersion.includes('/') ? 'apis' : 'api'
  const path = `/${root}/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`
  const { status, body } = await client.ask('POST', path, {
    ...document,
    metadata: { ...metadata, namespace },
  })
  // Somebody's cluster may have them already.
  if (status === 409 && !isOurs) return
  expect([status, body['message']]).toEqual([201, undefined])
  if (!isOurs) closing.push(() => client.ask('DELETE', `${path}/${metadata.name}`))
}
