import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Catalogue } from '#domain/catalogue.ts'
import { deliveryId, serviceId } from '#domain/ids.ts'
import { isTestItem, gateItemNames, type TestItem } from '#domain/promotion/items.ts'
import type { TestReport } from '#ports/test-reports.ts'
import { line } from './texts.ts'

const testNames = gateItemNames.filter(isTestItem) as [TestItem, ...TestItem[]]
const text = (most: number) => z.string().min(1).max(most)

const Report = z.object({
  service: text(63),
  version: text(500),
  test: z.enum(testNames),
  result: z.enum(['passed', 'failed']),
  summary: z.string().max(2_000).default(''),
  /** Tells the runs of a test apart: the same result may come once more after another. */
  run: text(200),
})

export type ReadReport =
  | { readonly kind: 'read'; readonly report: TestReport }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'unreadable'; readonly why: string }

/** What a test reports. Throws nothing, whatever the bytes are. */
export function readTestReport(raw: Uint8Array, catalogue: Catalogue): ReadReport {
  try {
    const { data, error } = Report.safeParse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)),
    )
    if (!data) {
      const where = error.issues[0]?.path.map(String).join('.') ?? ''
      const why = where === '' ? 'it is no JSON object' : `${where} is missing or not as expected`
      return { kind: 'unreadable', why }
    }
    const { service, version, test: item, result, summary, run } = data
    if (!catalogue.has(service)) return { kind: 'unmapped' }
    const said = [service, version, item, result, run].join('\n')
    return {
      kind: 'read',
      report: {
        service: serviceId(service),
        version,
        item,
        passed: result === 'passed',
        value: line(summary, 'summary'),
        delivery: deliveryId(
          `webhook:tests:${createHash('sha256').update(said).digest('hex').slice(0, 40)}`,
        ),
      },
    }
  } catch {
    return { kind: 'unreadable', why: 'it is no JSON object' }
  }
}
