import type { Client } from '../control-plane/client.ts'
import { hostLabel, processLabel, thisHost } from '../control-plane/owner.ts'

/** On another machine nobody can ask whether the process still lives. */
const forgottenAfterMs = 2 * 3_600_000

const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system'
const collections = [
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  `${rbac}/rolebindings`,
  `${rbac}/roles`,
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
]

interface Labelled {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp: string
    readonly labels: Readonly<Record<string, string>>
  }
}

/**
 * Takes away what runs that were killed have left in a shared cluster: a Role of theirs in kube-system would still give the
 * product a right that a test takes away. Returns how many objects it was.
 */
export async function clearLeftovers(client: Client): Promise<number> {
  let cleared = 0
  for (const path of collections) {
    const { items } = await client.must('GET', `${path}?labelSelector=${hostLabel}`)
    for (const { metadata } of (items as readonly Labelled[]).filter(isLeftOver)) {
      await client.ask('DELETE', `${path}/${metadata.name}`)
      cleared += 1
    }
  }
  return cleared
}

function isLeftOver({ metadata: { labels, creationTimestamp } }: Labelled): boolean {
  if (labels[hostLabel] === thisHost()) return !isAlive(Number(labels[processLabel]))
  return Date.now() - Date.parse(creationTimestamp) > forgottenAfterMs
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
