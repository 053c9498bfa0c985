import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { deskWorld, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  desk = await deskWorld()
  shipBad(desk.world.cluster, 'checkout', 'errors')
  await desk.world.clock.move(2)
  await desk.serverEnds()
}, 60_000)
afterAll(() => desk.close())

test('where no server is alive the terminal carries the rollback out, and one Ctrl-C does not stop it', async () => {
  const proposed = await desk.types('teamLead', [
    'rollback',
    'checkout',
    '--reason',
    'errors after deploy',
  ])
  const approved = await desk.types('teamLead', ['approve', rollbackIn(proposed)], ['checkout'], {
    onOut(text) {
      // The minute in which recovery is measured passes as soon as it begins.
      if (text.includes('now checking that it recovers')) void desk.world.clock.move(3)
      // A figure that is just above normal is measured again over a longer time.
      if (text.includes('is being checked for recovery')) void desk.world.clock.move(1)
      return text.includes('execution began')
    },
  })

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
}, 120_000)
