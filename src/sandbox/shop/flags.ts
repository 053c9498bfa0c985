import { healthy } from '#sandbox/cluster/behaviour.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { startFlags } from '#sandbox/flags/server.ts'
import { unleashDialect } from '#sandbox/flags/unleash.ts'
import { badVersions, shipBad, shipCanary } from './shipments.ts'

/** The flag that the next version of a service brings along. */
export const shopFlag = { checkout: 'new-checkout', payments: 'faster-payments' } as const
export type Flagged = keyof typeof shopFlag
export const isFlagged = (service: string): service is Flagged => Object.hasOwn(shopFlag, service)

/** What the pretend Unleash of the shop knows its caller by. */
export const flagToken = 'user:the-pretend-unleash-takes-this-one'

export type ShopFlags = Awaited<ReturnType<typeof shopFlags>>

/** A pretend Unleash. While a flag is on, the version that brought it misbehaves; off, it is as good as the one before. */
export async function shopFlags(cluster: Cluster, now: () => Date) {
  const server = await startFlags({ dialect: unleashDialect, token: flagToken, now })
  const brought = new Map<string, string>()
  for (const key of Object.values(shopFlag)) server.store.add({ key, isOn: false })
  const find = (service: Flagged) => {
    const flag = server.store.find({ key: shopFlag[service], environment: 'production' })
    if (!flag) throw new Error(`the flag of ${service} was deleted`)
    return flag
  }
  server.store.onChange((flag) => {
    const image = brought.get(flag.key)
    const { traffic } = flag.isOn ? badVersions.errors : healthy
    if (image !== undefined && traffic) cluster.answer(image, traffic)
  })
  return {
    ...server,
    find,
    /** Ships the next version, as a canary where that is wanted; it is good until its flag is switched on. */
    ship(service: Flagged, isCanary = false): string {
      const image = isCanary ? shipCanary(cluster, service, 'errors') : shipBad(cluster, service)
      brought.set(shopFlag[service], image)
      if (healthy.traffic) cluster.answer(image, healthy.traffic)
      return image
    },
    /** Somebody gives the feature to a share of everybody, in percent. */
    open(service: Flagged, share: number): void {
      const flag = find(service)
      server.store.setRules(flag, [{ id: `${flag.key}-1`, share }])
      server.store.set(flag, true)
    },
  }
}
