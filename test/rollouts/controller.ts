import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Say } from '../control-plane/binaries.ts'
import { type Client, clientOf } from '../control-plane/client.ts'
import { type ControlPlane, freePort } from '../control-plane/plane.ts'
import { builtController } from './binary.ts'

/** Argo Rollouts on a control plane of the run's own, which also stops it. Resolves when it works; its process id. */
export async function startRolloutsController(plane: ControlPlane, say: Say): Promise<number> {
  const { program, crds } = await builtController(say)
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

const Definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Until the API server serves them: a controller that starts before does not see them. */
async function defineKinds(client: Client, folder: string): Promise<void> {
  const files = readdirSync(folder).filter((name) => name.endsWith('-crd.yaml'))
  for (const file of files) {
    const definition = parse(readFileSync(join(folder, file), 'utf8')) as {
      metadata: { name: string }
      spec: { group: string; names: { plural: string } }
    }
    await client.must('POST', Definitions, definition)
    const { group, names } = definition.spec
    const path = `/apis/${group}/v1alpha1/${names.plural}`
    const deadline = performance.now() + 30_000
    while ((await client.ask('GET', path)).status !== 200) {
      if (performance.now() > deadline) throw new Error(`${names.plural} are not served`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
