import type { TestProject } from 'vitest/node'
import { clientOf } from '../control-plane/client.ts'
import { type ControlPlane, startControlPlane } from '../control-plane/plane.ts'
import { applyFreezePolicy } from '../clusters/apply-freeze-policy.ts'
import { startRolloutsController } from './controller.ts'

let plane: ControlPlane | undefined

/** Once per run: a real control plane of its own with the real controller of Argo Rollouts, gone after the run. */
export async function setup(project: TestProject): Promise<void> {
  const say = (line: string) => console.log(line)
  plane = await startControlPlane(say)
  const client = await clientOf(plane.adminKubeconfig)
  await applyFreezePolicy(client, true)
  client.close()
  const controllersPid = await startRolloutsController(plane, say)
  project.provide('realCluster', { kubeconfig: plane.adminKubeconfig, controllersPid })
}

export async function teardown(): Promise<void> {
  await plane?.stop()
}
