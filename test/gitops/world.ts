import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { aWorld, signal, until, type World } from '../executors/kubernetes/world.ts'
import { argoIn } from './argo-bringer.ts'
import { type Artifacts, servedArtifacts } from './artifacts.ts'
import { bad, type Bringer, type Env, good, manifests, rolledOut } from './bringer.ts'
import { type FluxSetup, fluxIn } from './flux-bringer.ts'
import { type HelmSetup, helmIn } from './helm-bringer.ts'

interface Setup {
  /** Of the version before, and of the one that is to go. */
  readonly env?: readonly [Env, Env]
}

/** Checkout as a tool has brought it: first the good version, then the bad one. */
async function broughtBy<By extends Bringer>(
  bringerIn: (cluster: TestedCluster) => Promise<By>,
  { env = [{}, {}] }: Setup,
) {
  let bringer: By | undefined
  const w = await aWorld({
    addOns: ['argo-cd', 'flux'],
    async brings(cluster) {
      bringer = await bringerIn(cluster)
      for (const [index, image] of [good, bad].entries()) {
        await bringer.commit(manifests(cluster, image, { env: env[index] ?? {} }))
        await rolledOut(cluster, image)
      }
    },
  })
  if (!bringer) throw new Error('nobody brings anything')
  const by = bringer
  await w.cluster.grant(['rbac', 'gitops'].flatMap((file) => deployedGrants(file as 'rbac')))
  return {
    ...w,
    by,
    /** What Git has from now on. */
    commit: (image: string, more?: Parameters<typeof manifests>[2]) =>
      by.commit(manifests(w.cluster, image, more)),
    comes: (image: string) => rolledOut(w.cluster, image),
    /** The variables that the template has. */
    async env(): Promise<Env> {
      const [container] = (await w.workload()).spec.template.spec.containers
      const { env = [] } = (container ?? {}) as { env?: { name: string; value: string }[] }
      return Object.fromEntries(env.map(({ name, value }) => [name, value]))
    },
    async noteBeside(): Promise<unknown> {
      const path = `/api/v1/namespaces/${w.namespace}/configmaps/beside`
      const { data } = (await w.cluster.must('GET', path)) as { data?: Record<string, string> }
      return data?.['note']
    },
    /** What would become of the rollback, if what the plan's first step paused went on. */
    look: ([pause]: readonly Step[]) =>
      w.executor.syncer?.look(w.target, pause?.change ?? null, signal()),
    /** What it says of whoever brings what Git has. */
    sync: async (version = 'v2.2.1'): Promise<readonly Check[]> =>
      (await w.verify(version)).filter(({ id }) => id === 'sync'),
    async close() {
      await by.close()
      await w.close()
    },
  }
}

/** For a file of tests, outside of them: worlds in which the one or the other brings what Git has. */
export function freshBroughtWorlds() {
  let artifacts: Artifacts | undefined
  const open: Pick<World, 'close'>[] = []
  beforeAll(async () => {
    artifacts = await servedArtifacts()
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  afterAll(() => artifacts?.close())
  const kept = <Made extends Pick<World, 'close'>>(made: Made): Made => {
    open.push(made)
    return made
  }
  const served = (): Artifacts => {
    if (!artifacts) throw new Error('nothing is served')
    return artifacts
  }
  return {
    async byFlux(setup: Setup & FluxSetup = {}) {
      return kept(await broughtBy((cluster) => fluxIn(cluster, served(), setup), setup))
    },
    async byHelm(setup: Setup & HelmSetup = {}) {
      return kept(await broughtBy((cluster) => helmIn(cluster, served(), setup), setup))
    },
    async byArgoCd(setup: Setup & Parameters<typeof argoIn>[1] = {}) {
      return kept(await broughtBy((cluster) => argoIn(cluster, setup), setup))
    },
  }
}

export { until }
