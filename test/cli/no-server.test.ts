import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { deskWorld, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  desk = await deskWorld()
  shipBad(desk.world.cluster, 'checkout', 'errors')
  await desk.world.clock.move(2)
  await desk.serverEnds()
})
afterAll(() => desk.close())

const isCarriedOut = async () =>
  (
    await desk.database.owner.query(
      `SELECT FROM timeline_events WHERE kind = 'execution_completed'`,
    )
  ).rowCount === 1

test('where no server is alive the terminal carries the rollback out, and one Ctrl-C does not stop it', async () => {
  const proposed = await desk.types('teamLead', [
    'rollback',
    'checkout',
    '--reason',
    'errors after deploy',
  ])
  const approving = desk.types('teamLead', ['approve', rollbackIn(proposed)], ['checkout'], {
    onOut: (text) => text.includes('execution began'),
  })
  // The minute in which recovery is measured passes as soon as it has begun.
  await expect.poll(isCarriedOut).toBe(true)
  await desk.world.clock.move(3)
  const approved = await approving

  expect(approved.err).toContain('No server is alive, so this process carries the rollback out')
  expect(approved.out).toContain('checkout is back on v2.2.1 and recovering')
  expect(approved.code).toBe(0)
  const { rows } = await desk.database.owner.query<{ kind: string; count: number }>(
    `SELECT kind, count(*)::int FROM timeline_events
      WHERE kind IN ('execution_started', 'step_applied', 'evidence_captured', 'freeze_raised')
      GROUP BY kind ORDER BY kind`,
  )
  expect(rows).toEqual([
    { kind: 'evidence_captured', count: 1 },
    { kind: 'execution_started', count: 1 },
    { kind: 'freeze_raised', count: 1 },
    { kind: 'step_applied', count: 1 },
  ])
})
