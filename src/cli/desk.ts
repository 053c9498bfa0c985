import type { AutomationAsked } from '#domain/automation/asked.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type {
  DeliveryId,
  PersonId,
  PlanDigest,
  PromotionId,
  RollbackId,
  ServiceId,
} from '#domain/ids.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { RollbackRequest, TogetherRequest } from '#domain/rollback/request.ts'
import type { Instant } from '#domain/time.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Workflows } from '#workflows/workflows.ts'

/** Whose credentials are shown, where the cluster says who somebody is. */
export interface Credentials {
  readonly kubeconfig?: string
  readonly context?: string
}

export interface DeskOptions {
  /** The configuration file; `COUNTERMAND_CONFIG` otherwise. */
  readonly config?: string
  /** Reading needs nobody to be known. */
  readonly identity?: Credentials
  /** Records into a file, because the database is away. */
  readonly journal?: JournalOptions
}

/** A new journal needs the other of two people, too; one that was begun goes on with what they decided. */
export type JournalOptions =
  | { readonly kind: 'new'; readonly second: Credentials }
  | { readonly kind: 'resume'; readonly file: string }

/** A person at a terminal, as they proved to be. */
export interface Sitting {
  readonly person: PersonId
  /** The name they proved; shown to them alone. */
  readonly name: string
  readonly isMapped: boolean
}

/** A rollback as a person would see it on its card. */
export interface Shown {
  readonly rollback: RollbackState
  readonly card: string
  readonly digest: PlanDigest | undefined
  /** All that were asked for together with it, in their order; empty where it was asked for alone. */
  readonly together: readonly RollbackState[]
}

/** What came to pass since the last look: a line each, as in the thread of the card. */
export interface Progress {
  readonly lines: readonly string[]
  readonly state: RollbackState
}

/** The product as somebody without Slack sees it: the same workflows, their answers as text. */
export interface Desk extends AsyncDisposable {
  readonly workflows: Workflows
  /** Who sits here; nobody for commands that only read. With a journal, two. */
  readonly sitting: readonly Sitting[]
  /** What is not checked, and where it is written; empty with the database. */
  readonly warnings: readonly string[]
  delivery(): DeliveryId
  /** Words behind `rollback`, read as Slack reads them. */
  read(
    words: readonly string[],
    by: PersonId,
  ): Promise<
    | { readonly kind: 'request'; readonly request: RollbackRequest; readonly dryRun: boolean }
    | { readonly kind: 'changed'; readonly since: Instant; readonly namespace: string | undefined }
    | { readonly kind: 'together'; readonly request: TogetherRequest; readonly dryRun: boolean }
    | { readonly kind: 'answer'; readonly answer: Answer }
  >
  /** Words behind `automation`, read as Slack reads them. */
  readAutomation(
    words: readonly string[],
  ): Promise<AutomationAsked | { readonly kind: 'answer'; readonly answer: Answer }>
  /** The same sentences as in Slack. */
  say(answer: Answer): Promise<string>
  show(rollback: RollbackId): Promise<Shown | undefined>
  /** By its id, or by the service whose newest it is. */
  rollbackNamed(typed: string): Promise<RollbackId | undefined>
  /** As the catalogue spells it, else what is said instead. */
  service(typed: string): ServiceId | Answer
  /** Services with something under way. */
  busy(): Promise<readonly ServiceId[]>
  /** From what was `decided` on, or from now on. Throws when there is no such rollback. */
  follow(rollback: RollbackId, decided?: DeliveryId): Promise<Follower>
  /** Words behind `promote`, read as Slack reads them. */
  readPromote(words: readonly string[]):
    | {
        readonly kind: 'asked'
        readonly service: ServiceId
        /** Percent up to which it is to go. */
        readonly to: number
        readonly isDry: boolean
      }
    | { readonly kind: 'answer'; readonly answer: Answer }
  /** The newest of a service; `left`: that of which something is yet to be taken away, if there is one. */
  canaryNamed(typed: string, of?: 'left'): Promise<PromotionId | undefined>
  showCanary(promotion: PromotionId): Promise<ShownCanary | undefined>
  /** From what was `decided` on, or from now on. Throws when there is no such promotion. */
  followCanary(promotion: PromotionId, decided?: DeliveryId): Promise<Follower<CanaryProgress>>
}

/** A canary on its way, as a person would see it on its card. */
export interface ShownCanary {
  readonly promotion: PromotionState
  readonly card: string
}

/** The same of a canary. */
export interface CanaryProgress {
  readonly lines: readonly string[]
  readonly state: PromotionState
}

/** Follows one rollback, or one canary, and carries it out where no server is alive to do it. */
export interface Follower<Seen = Progress> {
  /** True while this process carries it out itself. */
  isCarrying(): boolean
  /** Waits until something happens, `quietMs` at most. */
  next(quietMs: number): Promise<Seen>
  /** Ends; what this process was carrying out stays as it stands, and the next start goes on with it. */
  stop(): Promise<void>
}
