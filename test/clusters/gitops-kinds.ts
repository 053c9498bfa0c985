import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Client } from '../control-plane/client.ts'
import { ownerLabels } from '../control-plane/owner.ts'
import { definitions } from './custom-resources.ts'

/** The definitions of Argo CD's and Flux's own kinds, in their source as the checksum database of Go has it. */
const sources = {
  'argo-cd': [
    {
      module: 'github.com/argoproj/argo-cd/v3@v3.3.0',
      sum: 'h1:9UlruTd5cC/MyvorTXgAIblfZTy63MF5FYvvoAaUvwU=',
      files: ['manifests/crds/application-crd.yaml', 'manifests/crds/applicationset-crd.yaml'],
    },
  ],
  flux: [
    {
      module: 'github.com/fluxcd/helm-controller@v1.6.3',
      sum: 'h1:MSiDP/s8xRSkO3g11vBiDStxfmJ5ZVdwDEpW7BSE/UA=',
      files: ['config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml'],
    },
    {
      module: 'github.com/fluxcd/kustomize-controller@v1.9.5',
      sum: 'h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=',
      files: ['config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml'],
    },
  ],
  'flux-sources': [
    {
      module: 'github.com/fluxcd/source-controller@v1.9.5',
      sum: 'h1:MFPyCodUi9hZIMaKDsC/rYbNoyzpvrAdrPVixj7W9F0=',
      files: [
        'gitrepositories',
        'helmcharts',
        'ocirepositories',
        'buckets',
        'externalartifacts',
      ].map((plural) => `config/crd/bases/source.toolkit.fluxcd.io_${plural}.yaml`),
    },
  ],
}

interface Definition {
  readonly metadata: { readonly name: string; readonly labels?: object }
  readonly spec: {
    readonly group: string
    readonly names: { readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean }[]
  }
}

/** Defines them where they are not defined yet, and waits until they are served; their controllers are none of it. */
export async function defineGitOpsKinds(
  client: Client,
  addOn: keyof typeof sources,
): Promise<void> {
  for (const { module, sum, files } of sources[addOn]) {
    const folder = await downloaded(module, sum)
    await define(
      client,
      files.map((file) => join(folder, file)),
    )
  }
}

async function define(client: Client, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const definition = parse(readFileSync(file, 'utf8')) as Definition
    const { metadata, spec } = definition
    const version = spec.versions.find(({ served }) => served)?.name ?? ''
    const path = `/apis/${spec.group}/${version}/${spec.names.plural}`
    if ((await client.ask('GET', path)).status === 200) continue
    const labels = { ...metadata.labels, ...ownerLabels() }
    await client.ask('POST', definitions, { ...definition, metadata: { ...metadata, labels } })
    await untilServed(client, path)
  }
}

async function untilServed(client: Client, path: string): Promise<void> {
  const deadline = AbortSignal.timeout(30_000)
  while ((await client.ask('GET', path)).status !== 200) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const Download = z.object({ Dir: z.string(), Sum: z.string() })

async function downloaded(module: string, sum: string): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
  }).catch((cause: unknown) => {
    throw new Error(`${module} cannot be had: Go is needed, and its module proxy.`, { cause })
  })
  const download = Download.parse(JSON.parse(stdout))
  if (download.Sum !== sum)
    throw new Error(`${module} is not the source that was looked at: ${download.Sum}`)
  return download.Dir
}
