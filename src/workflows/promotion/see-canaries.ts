import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Service } from '#domain/service.ts'
import { changeOfPromotion } from './record.ts'
import { type Asking, newestPromotion, seenCanary, streamFor, wish } from './stream.ts'

/** Looks where services say how their canaries go forward, and begins to measure those that nobody has asked for. One that cannot be looked at is passed over. */
export async function seeCanaries(ports: Asking, signal: AbortSignal): Promise<void> {
  const watched = [...ports.catalogue.values()].filter(({ promotion }) => promotion !== undefined)
  for (const service of watched) {
    if (signal.aborted) return
    const found = await seenCanary(ports, service)
    if ('kind' in found || (await isKnown(ports, service, found.canary))) continue
    const { id } = await streamFor(ports, found)
    const asked = await wish(ports, service, found.canary)
    await ports.timeline.decide(id, (history, now) => {
      if (history.length > 0) return { change: undefined, answer: undefined }
      const event = {
        kind: 'promotion_requested',
        promotion: id,
        service: service.id,
        by: 'countermand',
        to: 100,
        ...asked,
      } as const
      const change = changeOfPromotion([event], { history, now, policy: ports.policy })
      return { change, answer: undefined }
    })
  }
}

/** Under way, or brought to its end: what is left of it is no news. One that only came as far as somebody wanted is watched on. */
async function isKnown(ports: Asking, { id }: Service, { canary }: CanaryState): Promise<boolean> {
  const newest = await newestPromotion(ports, id)
  return (
    newest !== undefined &&
    (newest.ended === undefined ||
      (newest.ended.outcome !== 'reached' && newest.versions?.canary?.id === canary?.id))
  )
}
