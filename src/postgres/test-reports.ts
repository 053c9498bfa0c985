import type { Pool } from 'pg'
import { z } from 'zod'
import { deliveryId, serviceId } from '#domain/ids.ts'
import { isGateItem, isTestItem } from '#domain/promotion/items.ts'
import type { TestReports } from '#ports/test-reports.ts'

/** Reports of tests. They come in through `intake`: no flood takes the connections of those who decide. */
export function testReports(pool: Pool, intake: Pool = pool): TestReports {
  return {
    async keep({ service, version, item, passed, value, delivery }) {
      const { rowCount } = await intake.query({
        name: 'keep-test-report',
        text: `INSERT INTO test_reports (delivery, service, version, item, passed, value, at)
               VALUES ($1, $2, $3, $4, $5, $6, countermand_now()) ON CONFLICT DO NOTHING`,
        values: [delivery, service, version, item, passed, value],
      })
      return rowCount === 1
    },

    async of(service, most) {
      const { rows } = await pool.query({
        name: 'test-reports-of',
        text: `SELECT delivery, service, version, item, passed, value FROM test_reports
                WHERE service = $1 ORDER BY at DESC, delivery LIMIT $2`,
        values: [service, most],
      })
      return rows.flatMap((row) => {
        const { item, delivery, service: of, ...said } = Row.parse(row)
        if (!isGateItem(item) || !isTestItem(item)) return []
        return [{ ...said, item, delivery: deliveryId(delivery), service: serviceId(of) }]
      })
    },
  }
}

/** Forgets what tests have said a quarter of a year ago: a canary that counts it has it on its own record. */
export async function tidyTestReports(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM test_reports WHERE at < countermand_now() - interval '90 days'`)
}

const Row = z.object({
  delivery: z.string(),
  service: z.string(),
  version: z.string(),
  item: z.string(),
  passed: z.boolean(),
  value: z.string(),
})
