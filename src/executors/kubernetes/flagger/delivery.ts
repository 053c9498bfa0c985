import { fromDate } from '#domain/time.ts'
import type { Delivered, Delivery } from '#ports/delivery.ts'
import { NotAllowed } from '#ports/executor.ts'
import { serves } from '../access.ts'
import type { KubernetesApi } from '../api.ts'
import { type KubernetesParts, placeOf } from '../context.ts'
import { createdAt } from '../dates.ts'
import { hasCode } from '../failure.ts'
import { FlaggerCanary } from '../objects.ts'
import { namespaced } from '../paths.ts'
import type { KubernetesTarget } from '../schema.ts'

const group = 'flagger.app'

/** What Flagger says of a target: by the right in `deploy/flagger.yaml`, and no other. */
export const flaggerDelivery = (parts: KubernetesParts): Delivery => ({
  async look(target, signal): Promise<Delivered> {
    const { target: spec, api } = placeOf(parts, target)
    const path = namespaced(`${group}/v1beta1`, spec, 'canaries')
    try {
      const { items } = await api.list(path, FlaggerCanary, {}, signal)
      const canary = items.find(({ spec: { targetRef } }) => isOf(targetRef, spec))
      return canary ? told(canary, path, parts.scrub) : { kind: 'none' }
    } catch (error) {
      // A cluster that does not know the kind has no Flagger.
      if (hasCode(error, 404)) return { kind: 'none' }
      if (error instanceof NotAllowed && !(await isServed(api, signal))) return { kind: 'none' }
      const why: unknown = signal.aborted ? signal.reason : error
      return { kind: 'unknown', why: parts.scrub(why instanceof Error ? why.message : String(why)) }
    }
  },
})

/** Without the right the server does not say whether it knows the kind at all; where nobody can say, it may. */
const isServed = (api: KubernetesApi, signal: AbortSignal): Promise<boolean> =>
  serves(api, group, signal).catch(() => true)

const isOf = (
  reference: { readonly kind: string; readonly name: string },
  target: KubernetesTarget,
): boolean => reference.kind.toLowerCase() === target.kind && reference.name === target.name

function told(
  { metadata, status }: FlaggerCanary,
  path: string,
  scrub: (text: string) => string,
): Delivered {
  const { phase = 'Initializing', lastTransitionTime, conditions = [] } = status ?? {}
  const promoted = conditions.find(({ type }) => type === 'Promoted')
  const changed = new Date(lastTransitionTime ?? Number.NaN)
  return {
    kind: 'told',
    by: 'Flagger',
    name: metadata.name,
    isFailed: phase === 'Failed',
    phase,
    why: promoted?.message === undefined ? undefined : scrub(promoted.message.slice(0, 300)),
    since: Number.isNaN(changed.getTime()) ? createdAt(metadata) : fromDate(changed),
    asked: `${path}/${metadata.name}`,
  }
}
