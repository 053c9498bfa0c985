import type { Say } from '../control-plane/binaries.ts'
import { builtFromModule } from '../control-plane/built-from-module.ts'
import { clientOf } from '../control-plane/client.ts'
import { defineKinds } from '../control-plane/define-kinds.ts'
import { type ControlPlane, freePort } from '../control-plane/plane.ts'
import { argoRollouts } from './source.ts'

/** Argo Rollouts on a control plane of the run's own, which also stops it. Resolves when it works; its process id. */
export async function startRolloutsController(plane: ControlPlane, say: Say): Promise<number> {
  const { program, crds } = await builtFromModule(argoRollouts, say)
  const client = await clientOf(plane.adminKubeconfig)
  try {
    await defineKinds(client, crds)
    const [metrics, health] = await Promise.all([freePort(), freePort()])
    const controller = await plane.startBeside('rollouts', program, [
      `--kubeconfig=${plane.adminKubeconfig}`,
      '--leader-elect=false',
      '--qps=500',
      '--burst=1000',
      `--metricsPort=${metrics}`,
      `--healthzPort=${health}`,
      '--loglevel=warn',
    ])
    return controller.pid
  } finally {
    client.close()
  }
}
