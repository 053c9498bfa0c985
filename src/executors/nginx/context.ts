import type { SlotServices } from '#executors/compose/slots.ts'
import type { Revisions } from '#ports/store.ts'
import type { NginxTarget } from './schema.ts'
import type { NginxProgram } from './program.ts'

/** What the executor works with; handed in by the wiring. */
export interface NginxParts {
  readonly program: NginxProgram
  readonly revisions: Revisions
  /** A revision that was current at least this long counts as having served (policy). */
  readonly servedLongMicros: number
  /** Starts and stops what stands in a slot, where Compose runs it. */
  readonly slots?: SlotServices
  readonly scrub: (text: string) => string
  /** Between two looks at what answers. */
  readonly lookEveryMs?: number
  /** A file that is missing for so long is gone: somebody may be writing it anew. */
  readonly missingMs?: number
  /** Before a reload that nginx was not told of is tried again; longer each time. */
  readonly retryMs?: number
}

export const nameOf = ({ upstream, file }: NginxTarget): string =>
  `nginx upstream ${upstream} in ${file}`
