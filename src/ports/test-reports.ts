import type { DeliveryId, ServiceId } from '#domain/ids.ts'
import type { TestItem } from '#domain/promotion/items.ts'

/** What a test said of one version of a service. */
export interface TestReport {
  readonly service: ServiceId
  /** As whoever ran it names the version: a tag, an image or a digest. */
  readonly version: string
  readonly item: TestItem
  readonly passed: boolean
  /** What was done, in the tester's words. */
  readonly value: string
  /** Named by what it says: said again, it is the same. */
  readonly delivery: DeliveryId
}

/** What tests have said, kept until the canary that it is about is seen, and after. */
export interface TestReports {
  /** False when it was kept before. */
  keep(report: TestReport): Promise<boolean>
  /** The newest of a service, the newest first, at most so many. */
  of(service: ServiceId, most: number): Promise<readonly TestReport[]>
}
