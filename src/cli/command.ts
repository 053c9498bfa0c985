import type { Catalogue } from '#domain/catalogue.ts'
import type { ConfigFileContent } from '#config/file.ts'
import type { IncidentId, ServiceId } from '#domain/ids.ts'
import type { Draw } from '#ports/draw.ts'
import type { Finding } from '#ports/finding.ts'
import type { Metrics, Window } from '#ports/metrics.ts'
import type { Imported } from '#workflows/incident/import-journal.ts'
import type { Past } from '#workflows/assessment/replay-looks.ts'
import type { Desk, DeskOptions } from './desk.ts'

/** What a command may use. `out` and `err` take one line or several, without the last line break. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Read when neither `--config` nor `COUNTERMAND_CONFIG` names a file: the sandbox's own. */
  readonly fallbackFile: { readonly name: string; readonly text: string } | undefined
  /** Opens the record of incidents; only commands that need it do so. Throws with a sentence when it cannot. */
  openArchive(): Promise<Archive>
  /** What measures the services of this configuration. */
  openMetrics(config: Pick<ConfigFileContent, 'metrics'>): Promise<Metrics>
  /** A drawing as a PNG. */
  readonly draw: Draw
  /** Sits down to decide: proves who is there, opens the record. Throws with a sentence when it cannot. */
  openDesk(options: DeskOptions): Promise<Desk>
  /** Adds a journal to the record. Throws with a sentence when it cannot be read, or the record does not answer. */
  importJournal(path: string, config: string | undefined): Promise<Imported>
  /** What somebody types behind a question; `undefined` when nobody can be asked. */
  ask(question: string): Promise<string | undefined>
  /** Called at every Ctrl-C from now on, instead of ending; answers with how to stop that. */
  onInterrupt(told: () => void): () => void
  /** Gets ready to look at the installation that the environment and the file at `path` describe; looks at nothing yet. */
  openExamination(path: string | undefined): Promise<Examination>
}

/** Everything there is to look at, in the order in which it should be read. */
export type Examination = readonly Part[]
export interface Part {
  readonly about: string
  /** Changes nothing. May throw; `signal` ends it. */
  look(signal: AbortSignal): Promise<readonly Finding[]>
}

/** The record as a table, whole as JSON, or as the draft of a post-mortem. */
export const exportFormats = ['md', 'json', 'postmortem'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The timeline as somebody who audits it sees it. */
export interface Archive extends AsyncDisposable {
  /** The newest first. */
  incidents(): Promise<readonly IncidentId[]>
  /** `undefined` when there is no such incident. The catalogue adds to a post-mortem who owns the service. */
  export(
    incident: IncidentId,
    format: ExportFormat,
    catalogue?: Catalogue,
  ): Promise<string | undefined>
  /** What was assessed of a service, and when it was in trouble. */
  past(service: ServiceId, window: Window): Promise<Past>
  /** Every incident when none is named. */
  verify(incident: IncidentId | undefined): Promise<Verification>
}

export interface Verification {
  readonly incidents: number
  readonly events: number
  /** One sentence for each incident that does not hold, naming its first bad row. */
  readonly broken: readonly string[]
}

export interface Command {
  /** One or two words: `policy who`. */
  readonly name: string
  readonly usage: string
  readonly help: string
  readonly example: string
  /** `args` are the words after the name. Answers with the exit code. */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Exit codes: scripts tell a finding from a mistyped command. */
export const exit = { fine: 0, found: 1, misused: 2 } as const

/** Thrown by a command whose words make no sense; shown with its usage. */
export class Misused extends Error {
  override readonly name = 'Misused'
}
