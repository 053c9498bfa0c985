import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PretendDocker } from '#sandbox/docker/index.ts'
import type { Elsewhere } from '#sandbox/metrics/history.ts'
import type { PretendNginx } from '#sandbox/nginx/index.ts'
import { fileFor, onClockOf, otherThan, type SlotName, slotNames } from './nginx-file.ts'
import { badTag, type BadKind } from './shipments.ts'

export const shopInSlots = { service: 'loyalty', project: 'shop' } as const
const { service, project } = shopInSlots
const day = 24 * 60 * 60 * 1_000

interface Options {
  readonly now: () => Date
  readonly docker: PretendDocker
  readonly nginx: PretendNginx
  /** Where the compose file would be, and the file that nginx includes. */
  readonly folder: string
}

export type ShopSlots = Awaited<ReturnType<typeof shopSlots>>

const imageOf = (tag: string): string => `shop/${service}:${tag}`
const serviceIn = (slot: SlotName): string => `${service}-${slot}`
const versionOf = (image: string | undefined): string | undefined => image?.split(':').at(-1)

/** One service in two slots behind the nginx, each a service of Compose: blue serves, and green, which has the version before, was stopped. */
export async function shopSlots({ now, docker, nginx, folder }: Options) {
  const file = join(folder, `${service}.conf`)
  const slots = { blue: await nginx.slot('3.2.0'), green: await nginx.slot('3.1.0') }
  const healthyIn = (slot: SlotName) => docker.running(project, serviceIn(slot))
  /** What a slot answers is what its healthy containers are; without one there is no answer. */
  const link = () => {
    for (const slot of slotNames) {
      const version = versionOf([...healthyIn(slot).keys()][0])
      nginx.set(slots[slot], { version, status: version === undefined ? 502 : 200 })
    }
  }
  const send = (serving: SlotName) => {
    writeFileSync(file, fileFor(service, slots, { serving, canary: 0 }))
    nginx.reload()
  }
  for (const [slot, tag] of [
    ['blue', '3.2.0'],
    ['green', '3.1.0'],
  ] as const) {
    const image = imageOf(tag)
    docker.build(image)
    docker.declare(project, serviceIn(slot), { image, settings: {}, hasHealthCheck: true })
    docker.scale(project, serviceIn(slot), 1, folder)
    docker.runsSince(project, serviceIn(slot), new Date(now().getTime() - 6 * day))
  }
  docker.stop(project, serviceIn('green'))
  link()
  const unlink = docker.onChange(link)
  writeFileSync(file, fileFor(service, slots, { serving: 'blue', canary: 0 }))
  const front = await nginx.include(() => file, service)
  nginx.reload()
  const clock = onClockOf(now, nginx, file, service)
  clock.writtenAt(new Date(now().getTime() - 6 * day))
  const serving = (): SlotName => (nginx.loaded(service)?.rest === slots.green ? 'green' : 'blue')

  return {
    file,
    slots,
    front,
    serving,
    /** Ships the next version, which misbehaves as `kind` says: into the slot that waits, gives it all requests, and stops the other one. */
    async ship(kind: BadKind): Promise<void> {
      const [former, idle] = [serving(), otherThan(serving())]
      const image = imageOf(badTag(service, kind))
      docker.build(image)
      docker.deploy(project, serviceIn(idle), image, folder)
      // This pipeline waits until there is some answer, and asks no further.
      while (
        docker.containers(project, serviceIn(idle)).some(({ health }) => health === 'starting')
      )
        await sleep(10)
      link()
      send(idle)
      docker.stop(project, serviceIn(former))
    },
    state: () => {
      const containers = slotNames.flatMap((slot) => docker.containers(project, serviceIn(slot)))
      return {
        version: versionOf(docker.containers(project, serviceIn(serving()))[0]?.origin) ?? '?',
        pods: containers.map(({ name, origin, status, health }) => ({
          name,
          version: versionOf(origin) ?? '?',
          ready: health === 'healthy',
          phase: status,
        })),
        delivery: `nginx: ${serving()} serves`,
      }
    },
    /** As the health checks and the metrics of the shop want it. */
    elsewhere: {
      onChange: nginx.onChange,
      serving: () => new Map([[service, healthyIn(serving())]]),
    } satisfies Elsewhere,
    close(): void {
      unlink()
      clock.stop()
    },
  }
}
