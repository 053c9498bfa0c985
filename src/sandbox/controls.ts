/** What the page's side panel shows and does besides Slack. The pretend world implements it; the page knows nothing more. */
export interface Controls {
  state(): Promise<WorldState>
  /** Ships a version that misbehaves, or a canary, in the way `kind` names (one of `WorldState.shipments`); why not, in a sentence, where it was refused. */
  ship(service: string, kind: string): Promise<string | undefined>
  /** Puts the version that runs into Git; nothing where its versions do not come from there. */
  commit(service: string): Promise<void>
  moveClock(minutes: number): Promise<void>
  slackDown(on: boolean): Promise<void>
  /** `undefined` when there is no such incident. `verified` is the answer of the timeline's own check. */
  timeline(incident: string): Promise<TimelineExport | undefined>
  /** Calls `changed` soon after anything in `state` has changed; returns how to stop. */
  onChange(changed: () => void): () => void
}

export interface WorldState {
  readonly services: readonly ServiceState[]
  /** The pretend clock, ISO 8601 in UTC. */
  readonly clock: string
  readonly slackDown: boolean
  /** Ways to break a service, and canaries, as people read them. */
  readonly shipments: readonly {
    readonly kind: string
    readonly title: string
    /** Beside what runs, not in its place. */
    readonly isCanary: boolean
  }[]
  /** Whom the pretend pager has called, oldest first. */
  readonly pages: readonly {
    readonly service: string
    readonly summary: string
    readonly at: string
    readonly state: 'triggered' | 'acknowledged' | 'resolved'
    /** The person whose telephone would have rung. */
    readonly calls: string
  }[]
  /** Oldest first. */
  readonly incidents: readonly {
    readonly id: string
    readonly service: string
    readonly channel: string | undefined
    /** A rollback of it was approved. */
    readonly approved: boolean
    /** A rollback of it is counted down. */
    readonly countingDown: boolean
  }[]
}

export interface ServiceState {
  readonly name: string
  /** `Deployment`, `StatefulSet`, `DaemonSet`, `Rollout`, `ECS service`, `Compose service`, `slots`, `regions`, `schema`. */
  readonly kind: string
  readonly version: string
  /** Deploys of it are refused. */
  readonly frozen: boolean
  readonly pods: readonly PodState[]
  /** A share between 0 and 1; `null` when there is no data. */
  readonly errorRate: number | null
  /** Seconds; `null` when there is no data. */
  readonly p95: number | null
  /** Who else moves its versions, and how that stands: `Flagger: waits for a yes to try 7.0.1`. */
  readonly delivery?: string
  /** Only where its versions come from Git. */
  readonly git?: { readonly hasWhatRuns: boolean }
}

export interface PodState {
  readonly name: string
  readonly version: string
  readonly ready: boolean
  readonly phase: string
}

export interface TimelineExport {
  readonly markdown: string
  readonly json: string
  readonly verified: boolean
}
