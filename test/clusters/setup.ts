import { readFileSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { parseAllDocuments } from 'yaml'
import { type Client, clientOf } from '../control-plane/client.ts'
import { type ControlPlane, startControlPlane } from '../control-plane/plane.ts'
import type { RealCluster } from './real-backend.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Only in the lane of `npm run test:cluster`. */
    readonly realCluster: RealCluster
  }
}

let plane: ControlPlane | undefined
let client: Client | undefined

/** Once per run: the cluster of `KUBECONFIG`, or one that is started for the run and gone after it. */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env['KUBECONFIG']
  if (!given) plane = await startControlPlane((line) => console.log(line))
  const kubeconfig = given || plane?.adminKubeconfig || ''
  client = await clientOf(kubeconfig)
  await applyFreezePolicy(client)
  if (plane)
    console.log(
      `A control plane is ready after ${plane.readyAfterMs} ms and takes ${mebibytes(plane)} MiB.`,
    )
  project.provide('realCluster', { kubeconfig, controllersPid: plane?.controllersPid ?? null })
}

export async function teardown(): Promise<void> {
  client?.close()
  if (plane) console.log(`The control plane took ${mebibytes(plane)} MiB in the end.`)
  await plane?.stop()
}

const mebibytes = (running: ControlPlane): number => Math.round(running.memoryBytes() / 2 ** 20)

/**
 * What a platform team installs once for the cluster; the rest of the file is each namespace's. It is left there: an API server that
 * sees the last policy with ConfigMaps as parameters go listens to no ConfigMap of a later one, until it is started again.
 */
async function applyFreezePolicy(admin: Client): Promise<void> {
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
    if (status === 409) await admin.merge(`${path}/${object.metadata.name}`, object)
  }
}
