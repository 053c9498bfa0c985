import { readFileSync } from 'node:fs'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import type { Client } from '../control-plane/client.ts'
import { ownerLabels } from '../control-plane/owner.ts'
import { definitions } from './custom-resources.ts'
import { defineGitOpsKinds } from './gitops-kinds.ts'

/** Where a kind of an add-on stands in `test/fixtures/custom-resources`, and where it is then served. */
const kinds: Partial<Record<AddOn, { readonly file: string; readonly path: string }>> = {
  istio: { file: 'virtualservices', path: '/apis/networking.istio.io/v1/virtualservices' },
  'gateway-api': { file: 'httproutes', path: '/apis/gateway.networking.k8s.io/v1/httproutes' },
}

/** The real definitions, once per cluster; their controllers are none of it. A cluster that has them keeps its own. */
export async function installAddOns(client: Client, addOns: readonly AddOn[]): Promise<void> {
  for (const addOn of addOns) {
    if (addOn === 'argo-cd' || addOn === 'flux') await defineGitOpsKinds(client, addOn)
    const kind = kinds[addOn]
    if (!kind || (await client.ask('GET', kind.path)).status === 200) continue
    const url = new URL(`../fixtures/custom-resources/${kind.file}.json`, import.meta.url)
    const definition = JSON.parse(readFileSync(url, 'utf8')) as { readonly metadata: object }
    const labels = ownerLabels()
    await client.ask('POST', definitions, {
      ...definition,
      metadata: { ...definition.metadata, labels },
    })
    const deadline = AbortSignal.timeout(20_000)
    while ((await client.ask('GET', kind.path)).status !== 200) {
      deadline.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
