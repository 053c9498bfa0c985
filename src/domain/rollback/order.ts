import type { Catalogue } from '#domain/catalogue.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'

/**
 * The order in which several services are rolled back: whoever needs another goes before it. Deploys go the other way about, so
 * each state on the way back is one that there was on the way forward: an old service met new ones that it needs, while a new
 * one that meets an old one may ask for what it does not have yet. Where neither needs the other, and in a circle, as they were typed.
 */
export function rollbackOrder(
  services: readonly Service[],
  catalogue: Catalogue,
): readonly Service[] {
  const left = [...services]
  const ordered: Service[] = []
  while (left.length > 0) {
    const free = left.findIndex(
      ({ id }) => !left.some((other) => other.id !== id && needs(other.id, id, catalogue)),
    )
    ordered.push(...left.splice(Math.max(free, 0), 1))
  }
  return ordered
}

/** Directly, or through what it needs. */
function needs(service: ServiceId, other: ServiceId, catalogue: Catalogue): boolean {
  const seen = new Set<ServiceId>()
  const ahead = [service]
  for (let one = ahead.pop(); one !== undefined; one = ahead.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    const { dependsOn = [] } = catalogue.get(one) ?? {}
    if (dependsOn.includes(other)) return true
    ahead.push(...dependsOn)
  }
  return false
}
