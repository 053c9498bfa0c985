import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Say } from '../control-plane/binaries.ts'
import { builtFromModule } from '../control-plane/built-from-module.ts'
import { clientOf } from '../control-plane/client.ts'
import { defineKind, defineKinds } from '../control-plane/define-kinds.ts'
import { kubeconfig } from '../control-plane/kubeconfig.ts'
import { type ControlPlane, freePort } from '../control-plane/plane.ts'
import { flagger } from './source.ts'

/**
 * Flagger on a control plane of the run's own, which also stops it; without a mesh: of Istio there are the kinds alone. It reaches the
 * API server at `server`.
 */
export async function startFlagger(plane: ControlPlane, server: string, say: Say): Promise<void> {
  const { program, crds } = await builtFromModule(flagger, say)
  const client = await clientOf(plane.adminKubeconfig)
  try {
    await defineKinds(client, crds)
    for (const [plural, kind] of [
      ['virtualservices', 'VirtualService'],
      ['destinationrules', 'DestinationRule'],
    ] as const)
      await defineKind(client, ofIstio(plural, kind))
    const config = join(plane.folder, 'flagger.kubeconfig')
    writeFileSync(config, kubeconfig({ url: server, token: plane.adminToken }), { mode: 0o600 })
    const port = await freePort()
    const controller = await plane.startBeside('flagger', program, [
      `-kubeconfig=${config}`,
      '-kubeconfig-qps=500',
      '-kubeconfig-burst=1000',
      // How soon it sees that an interval was changed; it looks at a Canary whose interval was changed at once.
      '-control-loop-interval=50ms',
      '-mesh-provider=istio',
      // Nobody is asked: the analyses here have no metrics.
      '-metrics-server=http://127.0.0.1:1',
      `-port=${port}`,
      '-log-level=info',
    ])
    await untilItAnswers(port, controller)
  } finally {
    client.close()
  }
}

async function untilItAnswers(
  port: number,
  controller: { hasEnded(): boolean; lastWords(): string },
): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    if (controller.hasEnded() || performance.now() > deadline)
      throw new Error(`Flagger does not work:\n${controller.lastWords()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

const ofIstio = (plural: string, kind: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition' as const,
  metadata: { name: `${plural}.networking.istio.io` },
  spec: {
    group: 'networking.istio.io',
    scope: 'Namespaced',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } },
        },
      },
    ],
  },
})
