import { expect } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { makeExecutors } from '#executors/index.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { Executor } from '#ports/executor.ts'
import { isReal } from '../../clusters/tested-cluster.ts'
import { waits } from '../../clusters/waits.ts'
import type { As } from '../../control-plane/client.ts'
import { aWorld, type Kind, type Setup, signal, type World } from './world.ts'

export type HoldWorld = Awaited<ReturnType<typeof aHoldWorld>>

export const first = rollbackId('rb_one-aB3')
export const second = rollbackId('rb_other')
export const words = 'v2.3.0 of checkout is held by Countermand. The hold is lifted on the card.'
const strategic = 'application/strategic-merge-patch+json'

/** Everybody may do everything here but for the policy. */
export const jane: As = { 'impersonate-user': 'jane', 'impersonate-group': ['system:masters'] }
export const insider: As = {
  'impersonate-user': 'jane',
  'impersonate-group': ['system:masters', 'countermand:break-glass'],
}

/** A namespace that has what `deploy/freeze.yaml` asks for of a hold, and an executor that is told to use it. */
export async function aHoldWorld(kind: Kind = 'Deployment', setup: Setup = {}) {
  const w = await aWorld({ kind, ...setup })
  const executor = executorOf(w)
  const { holder } = executor
  if (!holder) throw new Error('Kubernetes holds nothing')
  const label = (value: string | null) =>
    w.request('PATCH', `/api/v1/namespaces/${w.namespace}`, {
      metadata: { labels: { 'countermand.dev/freeze': value } },
    })
  await label('on')
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'countermand-hold', labels: { 'countermand.dev/hold': 'on' } },
    template: { spec: { containers: [{ name: 'none', image: 'none' }] } },
  })

  /** What was left, and what was gone back to, by name. */
  async function versions(left = 'v2.3.0', kept = 'v2.2.1') {
    const { running, history } = await w.observe()
    const find = (name: string) => {
      const found = [running, ...history].find((revision) => revision.name === name)
      if (!found) throw new Error(`no ${name}`)
      return found
    }
    return { held: find(left), instead: find(kept) }
  }

  return {
    w,
    executor,
    label,
    versions,
    async enforce(rollback = first, given?: { held: Revision; instead: Revision }) {
      const { held, instead } = given ?? (await versions())
      return holder.enforce(w.target, { rollback, held, instead, words }, signal())
    },
    release: (rollback = first) => holder.release(w.target, rollback, signal()),
    /** Of this rollback or that; the one that refuses nothing is none. */
    holds: async () =>
      (await w.cluster.list('PodTemplate')).filter(
        ({ metadata }) => metadata.name !== 'countermand-hold',
      ),
    /** What of the pods' spec, as a strategic merge. */
    deploy: (spec: object, as: As = jane) =>
      w.cluster.backend.ask('PATCH', w.path, { spec: { template: { spec } } }, strategic, as),
    ask: (method: string, path: string, body?: unknown, type?: string) =>
      w.cluster.backend.ask(method, path, body, type, jane),
  }
}

function executorOf({ kubeconfig, record }: World): Executor {
  const api = kubernetesApi(connect({ kubeconfig }), {
    requestTimeoutMs: isReal ? 1_500 : 10_000,
    waits,
  })
  const made = makeExecutors({
    kubernetes: {
      clusters: new Map([['prod', api]]),
      freezing: new Set(['prod']),
      revisions: record.revisions,
      servedLongMicros: 0,
      scrub: (text) => text,
    },
  }).get('kubernetes')
  if (!made) throw new Error('no Kubernetes executor')
  return made
}

export const image = (reference: string) => ({ containers: [{ name: 'app', image: reference }] })
export const passes = { status: 200 }
export const denied = {
  status: 403,
  body: {
    reason: 'Forbidden',
    message: expect.stringContaining(
      `ValidatingAdmissionPolicy 'countermand-hold' with binding 'countermand-hold' denied request: ${words}`,
    ),
  },
}
