import type { Say } from '../control-plane/binaries.ts'
import { defineGitOpsKinds } from '../clusters/gitops-kinds.ts'
import { builtFromModule } from '../control-plane/built-from-module.ts'
import { clientOf } from '../control-plane/client.ts'
import { type ControlPlane, freePort } from '../control-plane/plane.ts'
import { kustomizeController } from './source.ts'
import { untilItAnswers } from './until-it-answers.ts'

/** A label of Kustomizations whose controller takes what we wrote for its own to take away. */
export const overriding = 'test.countermand.dev/overriding'

/** The controller of Flux that applies what Git has. What fetches from Git is the tests: see `artifacts.ts`. */
export async function startFlux(plane: ControlPlane, say: Say): Promise<void> {
  const { program } = await builtFromModule(kustomizeController, say)
  const client = await clientOf(plane.adminKubeconfig)
  try {
    for (const addOn of ['flux', 'flux-sources'] as const) await defineGitOpsKinds(client, addOn)
  } finally {
    client.close()
  }
  await startOneOfFlux(plane, program, 'kustomize-controller', [
    `--watch-label-selector=!${overriding}`,
  ])
  await startOneOfFlux(plane, program, 'overriding-controller', [
    `--watch-label-selector=${overriding}`,
    '--override-manager=countermand',
  ])
}

/** A controller of Flux, which sees all namespaces and waits for nobody; resolves when it is ready. */
export async function startOneOfFlux(
  plane: ControlPlane,
  program: string,
  name: string,
  args: readonly string[] = [],
): Promise<void> {
  const port = await freePort()
  const controller = await plane.startBeside(
    name,
    program,
    [
      ...args,
      `--health-addr=127.0.0.1:${port}`,
      '--metrics-addr=0',
      '--enable-leader-election=false',
      '--concurrent=20',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--http-retry=1',
      '--log-level=info',
    ],
    { KUBECONFIG: plane.adminKubeconfig, RUNTIME_NAMESPACE: 'flux-system', TMPDIR: plane.folder },
  )
  await untilItAnswers(`http://127.0.0.1:${port}/readyz`, controller)
}
