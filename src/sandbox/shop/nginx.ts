import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { armOf, type Elsewhere } from '#sandbox/metrics/history.ts'
import { type PretendNginx, startNginx } from '#sandbox/nginx/index.ts'
import {
  type Division,
  fileFor,
  onClockOf,
  otherThan,
  type SlotName,
  slotNames,
} from './nginx-file.ts'
import { badTag, type BadKind, badVersions } from './shipments.ts'

export const shopOnNginx = { service: 'tracking' } as const
const { service } = shopOnNginx
const day = 24 * 60 * 60 * 1_000
const share = 10

export type ShopNginx = Awaited<ReturnType<typeof shopNginx>>

/** What of the shop stands behind an nginx: one service in two slots, of which blue serves and green has the version before. */
export async function shopNginx({
  now,
  folder,
}: {
  readonly now: () => Date
  /** Where the file would be that nginx includes. */
  readonly folder: string
}) {
  const file = join(folder, `${service}.conf`)
  const nginx: PretendNginx = await startNginx(() => file, service)
  const [blue, green] = [await nginx.slot('6.0.1'), await nginx.slot('6.0.0')]
  const addresses = { blue, green }
  const write = (division: Division) => {
    writeFileSync(file, fileFor(service, addresses, division))
    nginx.reload()
  }
  const nameOf = (address: string | undefined): SlotName => (address === blue ? 'blue' : 'green')
  const division = (): Division => {
    const { shares = [], rest } = nginx.loaded() ?? {}
    return { serving: nameOf(rest), canary: shares[0]?.percent ?? 0 }
  }
  const versionIn = (slot: SlotName): string => nginx.at(addresses[slot])?.version ?? 'unknown'
  const isWell = (slot: SlotName): boolean => nginx.at(addresses[slot])?.status === 200

  write({ serving: 'blue', canary: 0 })
  const clock = onClockOf(now, nginx, file, service)
  clock.writtenAt(new Date(now().getTime() - 6 * day))

  /** The pipeline starts a version in the slot that serves nobody, or but a few. */
  const start = (tag: string, status: number): SlotName => {
    const idle = otherThan(division().serving)
    nginx.set(addresses[idle], { version: tag, status })
    return idle
  }
  return {
    nginx,
    file,
    slots: addresses,
    division,
    /** Ships the next version, which misbehaves as `kind` says, and gives it all requests; its image. */
    ship(kind: BadKind): string {
      const tag = badTag(service, kind)
      write({ serving: start(tag, statusOf[badVersions[kind].start.kind]), canary: 0 })
      return imageOf(tag)
    },
    /** Ships the next version and gives it a tenth of the requests: a bad one as `kind` says, else a good one; its image. */
    shipCanary(kind?: BadKind): string {
      const { serving } = division()
      const tag = kind === undefined ? following(versionIn(serving)) : badTag(service, kind)
      start(tag, 200)
      write({ serving, canary: share })
      return imageOf(tag)
    },
    state: () => {
      const { serving, canary } = division()
      const rest = otherThan(serving)
      return {
        version: versionIn(serving),
        pods: slotNames.map((slot) => ({
          name: slot,
          version: versionIn(slot),
          ready: isWell(slot),
          phase: isWell(slot) ? 'answers' : 'ill',
        })),
        delivery: `nginx: ${serving} serves${canary > 0 ? `, ${rest} has ${canary} % of the requests` : ''}`,
      }
    },
    /** As the health checks and the metrics of the shop want it: a hundred requests, by who answers them. */
    elsewhere: {
      onChange: nginx.onChange,
      serving: () => {
        const { serving, canary } = division()
        const part = (slot: SlotName, count: number) =>
          new Map(isWell(slot) && count > 0 ? [[imageOf(versionIn(slot)), count] as const] : [])
        const stable = part(serving, 100 - canary)
        const tried = part(otherThan(serving), canary)
        return new Map([
          [service, new Map([...stable, ...tried])],
          [armOf(service, 'stable'), stable],
          [armOf(service, 'canary'), tried],
        ])
      },
    } satisfies Elsewhere,
    async close(): Promise<void> {
      clock.stop()
      await nginx.close()
    },
  }
}

const statusOf = {
  ready: 200,
  'never-ready': 503,
  'crash-loop': 502,
  'image-missing': 502,
} as const
const imageOf = (tag: string): string => `shop/${service}:${tag}`
const following = (tag: string): string => tag.replace(/\d+$/, (patch) => String(Number(patch) + 1))
