import type { ServiceId } from '#domain/ids.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Link } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { Finding } from './finding.ts'
import { NotYet } from './not-yet.ts'

/** What whoever is called reads on a telephone at night. */
export interface Page {
  /** Names the call for ever: the same one again calls nobody anew. */
  readonly key: string
  readonly service: ServiceId
  readonly severity: Severity
  /** One line: which service, and what is wrong. */
  readonly summary: string
  readonly startedAt: Instant
  /** More to know, by its name. */
  readonly details: Readonly<Record<string, string>>
  readonly links: readonly Link[]
}

/** Calls people outside of Slack. Everything is safe to repeat. Whatever throws neither of the two below may have been taken. */
export interface Pager {
  /** As people call it: `PagerDuty (payments)`. */
  readonly name: string
  call(page: Page, signal: AbortSignal): Promise<void>
  /** Somebody is at it: nobody further is called. */
  acknowledge(key: string, signal: AbortSignal): Promise<void>
  resolve(key: string, signal: AbortSignal): Promise<void>
  /** Whether it can be reached from here. Calls nobody, never throws. */
  examine(signal: AbortSignal): Promise<Finding>
}

/** It will not be taken, however often it is tried. */
export class PageRefused extends Error {
  override readonly name = 'PageRefused'
}

/** It has too much to do. */
export class PagerBusy extends NotYet {
  override readonly name = 'PagerBusy'
}
