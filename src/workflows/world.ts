import type { Catalogue } from '#domain/catalogue.ts'
import type { Policy } from '#domain/policy.ts'
import type { Clock } from '#ports/clock.ts'
import type { Directory } from '#ports/directory.ts'
import type { Executor } from '#ports/executor.ts'
import type { Ids } from '#ports/ids.ts'
import type { Pager } from '#ports/pager.ts'
import type { HealthProbe, Metrics } from '#ports/metrics.ts'
import type { TestReports } from '#ports/test-reports.ts'
import type { Assessments, EvidenceLocker, Revisions, Timeline } from '#ports/store.ts'

/** Every part a workflow may ask for; each workflow names the few it uses. Joined in `wire.ts`. */
export interface World {
  readonly catalogue: Catalogue
  readonly policy: Policy
  readonly timeline: Timeline
  readonly revisions: Revisions
  readonly evidence: EvidenceLocker
  readonly assessments: Assessments
  readonly executors: ReadonlyMap<string, Executor>
  readonly directory: Directory
  readonly metrics: Metrics
  readonly probe: HealthProbe
  /** By the names that services have for them. */
  readonly pagers: ReadonlyMap<string, Pager>
  readonly clock: Clock
  readonly ids: Ids
  /** What tests have said of versions; absent where nobody keeps it. */
  readonly tests?: TestReports
  /** How many times longer than usual to wait for whatever is measured while a person waits; 1 when absent. */
  readonly patience?: number
  /** Hides secrets in text that leaves the platform. */
  readonly scrub: (text: string) => string
}
