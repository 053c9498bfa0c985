import { join } from 'node:path'
import { defineGitOpsKinds } from '../clusters/gitops-kinds.ts'
import type { Say } from '../control-plane/binaries.ts'
import { builtFromModule } from '../control-plane/built-from-module.ts'
import { clientOf } from '../control-plane/client.ts'
import { defineKinds } from '../control-plane/define-kinds.ts'
import type { ControlPlane } from '../control-plane/plane.ts'
import { startOneOfFlux } from './flux.ts'
import { helmController } from './source.ts'

/** The controller of Flux that releases charts, with its own definition of a HelmRelease: to be started before Flux brings a newer one. */
export async function startHelm(plane: ControlPlane, say: Say): Promise<void> {
  const { program, crds } = await builtFromModule(helmController, say)
  const client = await clientOf(plane.adminKubeconfig)
  try {
    await defineKinds(client, join(crds, 'helm.toolkit.fluxcd.io_helmreleases.yaml'))
    await defineGitOpsKinds(client, 'flux-sources')
  } finally {
    client.close()
  }
  await startOneOfFlux(plane, program, 'helm-controller')
}
