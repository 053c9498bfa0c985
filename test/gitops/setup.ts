import type { TestProject } from 'vitest/node'
import { type ControlPlane, startControlPlane } from '../control-plane/plane.ts'
import { startArgoCd } from './argo-cd.ts'
import { startFlux } from './flux.ts'
import { startHelm } from './helm.ts'

let plane: ControlPlane | undefined

/** Once per run: a real control plane of its own with the real controllers of Flux and Argo CD, gone after the run. */
export async function setup(project: TestProject): Promise<void> {
  const say = (line: string) => console.log(line)
  plane = await startControlPlane(say)
  await startHelm(plane, say)
  await startFlux(plane, say)
  await startArgoCd(plane, say)
  const { adminKubeconfig: kubeconfig, controllersPid } = plane
  project.provide('realCluster', { kubeconfig, controllersPid })
}

export async function teardown(): Promise<void> {
  await plane?.stop()
}
