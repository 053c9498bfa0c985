import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { pathOf } from '../../clusters/backend.ts'
import { followed, freshWorlds, type Setup, signal, type World } from './world.ts'

export type GitOpsWorld = Awaited<ReturnType<ReturnType<typeof freshGitOpsWorlds>>>

const merge = 'application/merge-patch+json'
interface Thing {
  readonly metadata: {
    readonly uid: string
    readonly generation?: number
    readonly annotations?: Record<string, string>
  }
  readonly spec: Record<string, unknown>
}

const versions = {
  Application: 'argoproj.io/v1alpha1',
  ApplicationSet: 'argoproj.io/v1alpha1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
} as const
type Owning = keyof typeof versions

export const trackedBy = (namespace: string, application = 'shop') => ({
  'argocd.argoproj.io/tracking-id': `${application}:apps/Deployment:${namespace}/checkout`,
})
export const fluxLabels = (group: 'kustomize' | 'helm', name = 'shop') => ({
  [`${group}.toolkit.fluxcd.io/name`]: name,
})

/** A cluster in which somebody brings what Git has: v2.3.0 of checkout. */
export function freshGitOpsWorlds() {
  const world = freshWorlds()
  return async (setup: Setup & { readonly tracked?: string } = {}) => {
    const w = await world({ addOns: ['argo-cd', 'flux'], ...setup })
    await w.cluster.grant(['rbac', 'gitops'].flatMap((file) => deployedGrants(file as 'rbac')))
    const { namespace } = w
    if (setup.tracked !== undefined) await annotate(w, trackedBy(namespace, setup.tracked))
    const git = (await w.workload()).spec.template
    return {
      ...w,
      /** An object of a GitOps tool, as its tool would write it. */
      async has(kind: Owning, name: string, rest: object) {
        const apiVersion = versions[kind]
        const { metadata = {}, ...more } = rest as { metadata?: object }
        await w.cluster.create({ apiVersion, kind, metadata: { name, ...metadata }, ...more })
      },
      async thing(kind: Owning, name = 'shop'): Promise<Thing> {
        const found = await w.cluster.get(kind, name)
        return found as unknown as Thing
      },
      change: (kind: Owning, body: object, name = 'shop') =>
        w.cluster.must('PATCH', pathOf(kind, namespace, name), body, merge),
      /** Brings what Git has again and again, as long as `isPaused` does not say otherwise. */
      async reconciled<T>(isPaused: () => Promise<boolean>, meanwhile: () => Promise<T>) {
        const stop = new AbortController()
        const going = (async () => {
          for (;;) {
            await sleep(20, undefined, { signal: stop.signal })
            if (await isPaused()) continue
            await w.request('PATCH', w.path, { spec: { template: git } })
          }
        })().catch((error: unknown) => {
          if (!stop.signal.aborted) throw error
        })
        try {
          return await meanwhile()
        } finally {
          stop.abort()
          await going
        }
      },
    }
  }
}

/** A real controller notices a moment later: until then a rollout seems under way. */
export async function annotate(
  w: Pick<World, 'request' | 'path' | 'observe'>,
  annotations: object,
): Promise<void> {
  await w.request('PATCH', w.path, { metadata: { annotations } })
  await expect
    .poll(async () => {
      const { blockers, warnings } = await w.observe()
      return [...blockers, ...warnings].map(({ kind }) => kind).filter((kind) => moving.has(kind))
    })
    .toEqual([])
}
const moving: ReadonlySet<string> = new Set(['in_flight', 'controller_lagging'])

/** As the worker does it, one after the other. */
export async function carriedOut(w: Pick<World, 'executor'>, steps: readonly Step[]) {
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `rb_1.${index}`, signal())
    if (step.settles !== undefined) await followed(w.executor, step)
  }
}

export async function takenBack(w: Pick<World, 'executor'>, steps: readonly Step[]) {
  for (const [index, step] of [...steps.entries()].toReversed())
    await w.executor.apply(step.undo, `rb_1.${index}.undo`, signal())
}
