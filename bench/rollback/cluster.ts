import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { applyFreezePolicy } from '../../test/clusters/apply-freeze-policy.ts'
import { productToken, grantRoles } from '../../test/clusters/real-rights.ts'
import { wanted } from '../../test/control-plane/binaries.ts'
import { clientOf } from '../../test/control-plane/client.ts'
import { startNodes } from '../../test/control-plane/nodes.ts'
import { ownerLabels } from '../../test/control-plane/owner.ts'
import { startControlPlane } from '../../test/control-plane/plane.ts'

export type BenchCluster = Awaited<ReturnType<typeof benchCluster>>

/** The real cluster of `KUBECONFIG`, else one of our own with three pretend nodes. The product's account has the rights of `deploy/` and no more. */
export async function benchCluster() {
  const given = process.env['KUBECONFIG']
  const plane = given ? undefined : await startControlPlane((line) => console.error(line))
  const client = await clientOf(given ?? plane?.adminKubeconfig ?? '')
  const nodes = plane && (await startNodes(client))
  const token = await productToken(client)
  await applyFreezePolicy(client)
  const suffix = randomBytes(3).toString('hex')
  const made: string[] = []
  const path = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`

  async function untilOut(namespace: string): Promise<void> {
    for (let waited = 0; waited < 60_000; waited += 20) {
      const { metadata, spec, status } = (await client.must(
        'GET',
        `${path(namespace)}/web`,
      )) as unknown as Deployment
      const { replicas } = spec
      if (
        status.observedGeneration === metadata.generation &&
        status.replicas === replicas &&
        status.updatedReplicas === replicas &&
        status.availableReplicas === replicas
      )
        return
      await sleep(20)
    }
    throw new Error(`the deployment in ${namespace} does not come out`)
  }

  return {
    client,
    token,
    kubectl: kubectl(),
    namespaceOf: (name: string) => `bench-${suffix}-${name}`,
    /** A deployment `web` whose first version is out, in a namespace of its own. */
    async create(namespace: string, replicas: number, isFreezable = false): Promise<void> {
      made.push(namespace)
      await client.must('POST', '/api/v1/namespaces', {
        metadata: {
          name: namespace,
          labels: { ...ownerLabels(), ...(isFreezable ? { 'countermand.dev/freeze': 'on' } : {}) },
        },
      })
      await client.ask('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
        metadata: { name: 'default' },
      })
      const freezing = isFreezable ? deployedGrants('freeze') : []
      await grantRoles(client, namespace, token, [...deployedGrants('rbac'), ...freezing])
      if (isFreezable)
        await client.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
          metadata: { name: 'countermand-freeze' },
        })
      await client.must('POST', path(namespace), deployment(replicas))
      await untilOut(namespace)
    },
    async ship(namespace: string, tag: string): Promise<void> {
      await client.must(
        'PATCH',
        `${path(namespace)}/web`,
        { spec: { template: { spec: { containers: [{ name: 'app', image: `web:${tag}` }] } } } },
        'application/strategic-merge-patch+json',
      )
      await untilOut(namespace)
    },
    /** Whether somebody's deploy of that version would be taken; nothing is deployed. */
    async takesDeploys(namespace: string, tag: string): Promise<boolean> {
      const { status } = await client.ask(
        'PATCH',
        `${path(namespace)}/web?dryRun=All`,
        { spec: { template: { spec: { containers: [{ name: 'app', image: `web:${tag}` }] } } } },
        'application/strategic-merge-patch+json',
      )
      return status < 300
    },
    async image(namespace: string): Promise<string | undefined> {
      const { spec } = (await client.must('GET', `${path(namespace)}/web`)) as unknown as Deployment
      return spec.template.spec.containers[0]?.image
    },
    async remove(namespace: string): Promise<void> {
      await client.ask('DELETE', `/api/v1/namespaces/${namespace}`)
      await grantRoles(client, namespace, undefined, [])
      made.splice(made.indexOf(namespace), 1)
    },
    async close(): Promise<void> {
      for (const namespace of made) await client.ask('DELETE', `/api/v1/namespaces/${namespace}`)
      await nodes?.close()
      client.close()
      await plane?.stop()
    },
  }
}

interface Deployment {
  readonly metadata: { readonly generation: number }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly spec: { readonly containers: readonly { image: string }[] } }
  }
  readonly status: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}

/** The one that was built with the control plane, else the one of the machine. */
function kubectl(): string {
  const built = join(wanted().folder, 'kubectl')
  return existsSync(built) ? built : 'kubectl'
}

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'web:1' }] },
    },
  },
})
