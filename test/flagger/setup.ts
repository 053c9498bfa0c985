import type { TestProject } from 'vitest/node'
import { type ControlPlane, startControlPlane } from '../control-plane/plane.ts'
import { startFlagger } from './controller.ts'
import { listenIn } from './listener.ts'

let plane: ControlPlane | undefined
let listener: Awaited<ReturnType<typeof listenIn>> | undefined

/** Once per run: a real control plane of its own with the real Flagger, gone after the run. */
export async function setup(project: TestProject): Promise<void> {
  const say = (line: string) => console.log(line)
  plane = await startControlPlane(say)
  listener = await listenIn(plane)
  await startFlagger(plane, listener.url, say)
  const { adminKubeconfig: kubeconfig, controllersPid } = plane
  project.provide('realCluster', { kubeconfig, controllersPid })
  project.provide('flaggerListener', listener.url)
}

export async function teardown(): Promise<void> {
  await plane?.stop()
  listener?.close()
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask whether Flagger has ended its look; absent where it is played. */
    flaggerListener: string | undefined
  }
}
