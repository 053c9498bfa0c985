import { utimesSync } from 'node:fs'
import type { PretendNginx } from '#sandbox/nginx/index.ts'

export const slotNames = ['blue', 'green'] as const
export type SlotName = (typeof slotNames)[number]

export interface Division {
  readonly serving: SlotName
  /** Percent of the requests that the other one gets. */
  readonly canary: number
}

export const otherThan = (slot: SlotName): SlotName => (slot === 'blue' ? 'green' : 'blue')

/** As the pipeline of docs/nginx.md writes it. */
export const fileFor = (
  service: string,
  { blue, green }: Readonly<Record<SlotName, string>>,
  { serving, canary }: Division,
): string => `# Which slot serves ${service}.
upstream ${service}_blue {
    server ${blue};
}
upstream ${service}_green {
    server ${green};
}
split_clients "$request_id" $${service}_slot {
${canary > 0 ? `    ${canary}% ${service}_${otherThan(serving)};\n` : ''}    * ${service}_${serving};
}
`

/** Whenever nginx loads another division from the file, that was written by the sandbox's clock: the disk has one of its own. */
export function onClockOf(now: () => Date, nginx: PretendNginx, file: string, upstream: string) {
  const loaded = () => JSON.stringify(nginx.loaded(upstream))
  const writtenAt = (at: Date) => utimesSync(file, at, at)
  let last = loaded()
  const stop = nginx.onChange(() => {
    if (loaded() === last) return
    last = loaded()
    writtenAt(now())
  })
  return { writtenAt, stop }
}
