import type { ChainKeys } from '#postgres/chain.ts'
import { type TimelineExport, verifyExport } from '#postgres/export.ts'
import { automation } from './history-checker/automation.ts'
import { decisions } from './history-checker/decisions.ts'
import { execution } from './history-checker/execution.ts'
import { machines } from './history-checker/machines.ts'
import { paging } from './history-checker/paging.ts'
import { ownership } from './history-checker/ownership.ts'
import { promotions } from './history-checker/promotions.ts'
import { type Story, storyOf } from './history-checker/story.ts'
import { together } from './history-checker/together.ts'
import { ways } from './history-checker/ways.ts'
import { surfaces } from './history-checker/surfaces.ts'

/** What a run left behind: exported timelines, everything the platform was asked to change, and what Slack shows. */
export interface Run {
  readonly timelines: readonly TimelineExport[]
  readonly keys: ChainKeys
  /** Every request that the platform answered, in that order. */
  readonly cluster: readonly Asked[]
  readonly slack: SlackLog
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: unknown
  /** 0 when the answer was lost. */
  readonly status: number
  /** By the clock of the record. */
  readonly at: Date
}

export interface SlackLog {
  /** What stands in Slack, by the name of its notice; files have none. */
  readonly messages: readonly { readonly key: string | undefined }[]
  /** Commands, clicks and forms that people sent. */
  readonly asked: readonly {
    readonly by: string
    readonly acknowledged: boolean
    /** The same where the same request was sent again. */
    readonly id?: string | undefined
  }[]
  /** What was shown to one person alone: answers, forms, direct messages. */
  readonly answered: readonly {
    readonly to: string
    /** The `id` of the request that it answers, where that can be told. */
    readonly of?: string | undefined
  }[]
}

/** A promise (DESIGN §12) that a run broke, and the event or request that broke it. `shown`: a message was lost or stands twice. `paged`: people were called twice, or the next level was. */
export interface Breach {
  readonly broken: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'shown' | 'paged'
  readonly where: string
  readonly why: string
}

/** Everything that a finished run broke; empty when it kept all it promised. Pure. */
export function breaches(run: Run): readonly Breach[] {
  const chains = run.timelines.flatMap(chain(run.keys))
  // What was tampered with tells nothing about the rest.
  if (chains.length > 0) return chains
  const stories: readonly Story[] = run.timelines.map(storyOf)
  return [
    ...execution(stories, run.cluster),
    ...stories.flatMap(decisions),
    ...stories.flatMap(together),
    ...stories.flatMap(ways),
    ...stories.flatMap(promotions),
    ...automation(stories),
    ...machines(stories),
    ...stories.flatMap(paging),
    ...ownership(stories),
    ...surfaces(stories, run.slack),
  ]
}

/** The share of requests that were acknowledged: a run in which few were proves nothing. */
export function shareThrough({ slack: { asked } }: Run): number {
  return asked.length === 0
    ? 0
    : asked.filter(({ acknowledged }) => acknowledged).length / asked.length
}

/** I7: every chain is whole. */
const chain =
  (keys: ChainKeys) =>
  (exported: TimelineExport): readonly Breach[] => {
    const fault = verifyExport(exported, keys)
    return fault
      ? [{ broken: 'I7', where: `${exported.incident}#${fault.seq}`, why: fault.kind }]
      : []
  }
