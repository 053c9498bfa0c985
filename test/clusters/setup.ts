import type { TestProject } from 'vitest/node'
import { type Client, clientOf } from '../control-plane/client.ts'
import { type ControlPlane, startControlPlane } from '../control-plane/plane.ts'
import { applyFreezePolicy } from './apply-freeze-policy.ts'
import { clearLeftovers } from './leftovers.ts'
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
  const cleared = await clearLeftovers(client)
  if (cleared > 0) console.log(`${cleared} objects of earlier runs were cleared away.`)
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
