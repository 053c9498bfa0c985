import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'
import type { Bringer } from './bringer.ts'

const merge = 'application/merge-patch+json'

export interface SeenApplication {
  readonly metadata: { readonly annotations?: Record<string, string> }
  readonly spec: { readonly syncPolicy?: { readonly automated?: object } }
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string }
    readonly reconciledAt?: string
    readonly operationState?: { readonly phase: string; readonly finishedAt?: string }
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
    readonly resources?: readonly { readonly kind: string; readonly status?: string }[]
  }
}

/** A repository of Git on this machine, which Argo CD reads. */
export async function aRepository() {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-git-'))
  const git = async (...args: readonly string[]): Promise<string> => {
    const who = ['-c', 'user.name=shop', '-c', 'user.email=shop@shop.example']
    const { stdout } = await promisify(execFile)('git', [...who, ...args], { cwd: folder })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  return {
    url: `file://${folder}`,
    /** The name of the commit. */
    async commit(files: Readonly<Record<string, string>>): Promise<string> {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      await git('add', '.')
      await git('commit', '--quiet', '--message', 'Change the shop')
      return git('rev-parse', 'HEAD')
    },
    close: () => rm(folder, { recursive: true }),
  }
}

export const heals = { automated: { prune: true, selfHeal: true } }

export const anApplication = (name: string, spec: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name },
  spec,
})

/** What an Application is made of. */
export const applicationSpec = (url: string, namespace: string, syncPolicy: object = heals) => ({
  project: 'default',
  source: { repoURL: url, path: '.', targetRevision: 'main' },
  destination: { server: 'https://kubernetes.default.svc', namespace },
  syncPolicy,
})

export type ApplicationSpec = ReturnType<typeof applicationSpec>

interface Made {
  readonly syncPolicy?: object
  /** Has somebody else make it. */
  readonly made?: (cluster: TestedCluster, spec: ApplicationSpec) => Promise<void>
}

/** An Application called shop, in the namespace that it deploys to. */
export async function argoIn(cluster: TestedCluster, { syncPolicy = heals, made }: Made = {}) {
  const { namespace, must, backend } = cluster
  const repository = await aRepository()
  const all = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`
  const path = `${all}/shop`
  const look = async () => (await must('GET', path)) as unknown as SeenApplication
  const spec = applicationSpec(repository.url, namespace, syncPolicy)
  await (made?.(cluster, spec) ?? must('POST', all, anApplication('shop', spec)))
  await until(async () => (await backend.ask('GET', path)).status === 200)
  const looks = async (): Promise<void> => {
    const annotations = { 'argocd.argoproj.io/refresh': 'normal' }
    await must('PATCH', path, { metadata: { annotations } }, merge)
    await until(async () => !(await look()).metadata.annotations?.['argocd.argoproj.io/refresh'])
  }
  return {
    path,
    repository,
    look,
    looks,
    patch: (body: object) => must('PATCH', path, body, merge),
    async commit(manifests: string): Promise<void> {
      const revision = await repository.commit({ 'shop.yaml': manifests })
      await until(async () => {
        if ((await look()).status?.sync?.revision === revision) return true
        await looks()
        return false
      })
    },
    async close(): Promise<void> {
      await backend.ask('DELETE', path)
      await repository.close()
    },
  } satisfies Bringer & Record<string, unknown>
}
