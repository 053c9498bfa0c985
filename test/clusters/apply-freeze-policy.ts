import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Client } from '../control-plane/client.ts'

/**
 * What a platform team installs once for the cluster; the rest of the file is each namespace's. It is left there: an API server that
 * sees the last policy with ConfigMaps as parameters go listens to no ConfigMap of a later one, until it is started again.
 */
export async function applyFreezePolicy(
  admin: Client,
  isOwn = !process.env['KUBECONFIG'],
): Promise<void> {
  const text = readFileSync(new URL('../../deploy/freeze.yaml', import.meta.url), 'utf8')
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { kind: string; metadata: { name: string } }
    const plural = {
      ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
      ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
    }[object.kind]
    if (plural === undefined) continue
    const path = `/apis/admissionregistration.k8s.io/v1/${plural}`
    const { status } = await admin.ask('POST', path, object)
    // In a cluster of the run's own; in somebody's it may have been adapted, and stays as it is.
    if (status === 409 && isOwn) await admin.merge(`${path}/${object.metadata.name}`, object)
  }
}
