import type {
  AskedAtGate,
  FlaggerCanaryName,
  FlaggerGate,
  FlaggerVersion,
} from '#domain/flagger/gates.ts'
import type { Instant, Micros } from '#domain/time.ts'

/** How a gate is opened. */
export interface Opening {
  readonly gate: FlaggerGate
  /** How often it lets through; null: as often as it is asked. */
  readonly times: number | null
  /** It shuts by itself so long after it was opened. */
  readonly lasts: Micros
}

/** When Flagger last asked at a gate, and what it was told. */
export interface LastAsked extends AskedAtGate {
  readonly wasOpen: boolean
  readonly at: Instant
}

/** Gates of Flagger. A gate that nobody opened for that very version is shut, and so is every gate while the database is away. */
export interface Gates {
  /** Safe to repeat: one operation opens a gate once; asked again it is open for as long once more, but what was shut for good or used up stays so. What a promotion opens is open while that moves. */
  open(version: FlaggerVersion, opening: Opening, operation: string): Promise<void>
  /** Shuts what the operation opened there, for whichever version, until the operation opens it again. Safe to repeat. */
  rest(canary: FlaggerCanaryName, operation: string): Promise<void>
  /** Shuts what the operation opened there for good, for whichever version, and whatever is left of it. Safe to repeat. */
  shut(canary: FlaggerCanaryName, operation: string): Promise<void>
  /** Whether Flagger may go on, or, at the gate `rollback`, go back; takes one of its times, and notes that it was asked. */
  ask(asked: AskedAtGate): Promise<boolean>
  /**
   * Gives back the last of its times, where the answer to it was lost: Flagger asked again at `asked`, was refused, and has not gone on since.
   * Nothing where it has asked once more by then, or where anything of what the operation opened is left. Safe to repeat.
   */
  giveBack(
    version: FlaggerVersion,
    opening: Opening,
    operation: string,
    asked: Instant,
  ): Promise<void>
  /** At which gates it was refused, as the time was over of what the operation opened there and has not shut. */
  refusedLate(canary: FlaggerCanaryName, operation: string): Promise<readonly LastAsked[]>
  /** At each gate of that Canary where it ever asked. */
  lastAsked(canary: FlaggerCanaryName): Promise<readonly LastAsked[]>
}
