import { readdir, readFile } from 'node:fs/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { migrating } from '#executors/database/connection.ts'
import { NeedsPerson } from '#ports/executor.ts'
import { TenureOver } from '#ports/tenure.ts'
import { aFence } from '../fence.ts'
import { freshWorlds, signal, type World } from './world.ts'

const aWorld = freshWorlds()
afterEach(() => {
  vi.unstubAllEnvs()
})

/** Backed up already: only the way down is left. */
async function readyToMove(world: World): Promise<Step> {
  const { steps } = await world.plan('42')
  const [backup, down] = steps
  if (!backup || !down) throw new Error('no steps')
  await world.executor.apply(backup.change, 'rb_1.0', signal())
  return down
}
const sessions = async (world: World) =>
  (
    await world.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${migrating}'`,
    )
  ).length

test('a stop of ours leaves a migration to its end, and whoever comes next waits for it', async () => {
  const world = await aWorld()
  const down = await readyToMove(world)
  vi.stubEnv('TMPDIR', world.folder)
  await world.programs.fail('late')
  const stop = new AbortController()
  const begun = world.executor.apply(down.change, 'rb_1.1', stop.signal).catch(() => 'stopped')
  await expect.poll(() => sessions(world), { timeout: 20_000 }).toBe(1)

  stop.abort()
  expect(await begun).toBe('stopped')

  expect(await sessions(world)).toBe(1)
  await expect.poll(() => world.version(), { timeout: 20_000 }).toBe(42)
  await world.freshExecutor().apply(down.change, 'rb_1.1', signal())
  const moves = (await world.programs.log()).filter((line) => line !== 'dump')
  expect(moves).toEqual(['down 42'])
  expect(await world.query('SELECT dirty FROM schema_migrations')).toEqual([{ dirty: false }])
  await expect
    .poll(async () =>
      (await readdir(world.folder)).filter((name) => name.startsWith('countermand-')),
    )
    .toEqual([])
})

test('what ends when the time of its process is over keeps no backup and writes no note', async () => {
  const fence = aFence()
  const world = await aWorld({ parts: { beforeChange: fence.beforeChange } })
  const [backup] = (await world.plan('42')).steps

  for (const dumps of [0, 1]) {
    fence.closeAfter(dumps)
    await expect(world.executor.apply(backup?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
      TenureOver,
    )
    expect(await world.programs.log()).toHaveLength(dumps)
    expect(await readdir(world.backups)).toEqual([])
  }

  fence.open()
  const down = await readyToMove(world)
  const kept = await readdir(world.backups)
  fence.closeAfter(1)
  await expect(world.executor.apply(down.change, 'rb_1.1', signal())).rejects.toThrow(TenureOver)
  expect(await world.version()).toBe(42)
  expect(await readdir(world.backups)).toEqual(kept)
})

test('a migration that takes longer than it is waited for is neither ended nor begun again', async () => {
  const world = await aWorld({ parts: { waitMs: 100 } })
  const down = await readyToMove(world)
  await world.programs.fail('late')

  await expect
    .poll(
      () =>
        world.executor.apply(down.change, 'rb_1.1', signal()).then(
          () => 'done',
          (error: unknown) => String(error),
        ),
      { timeout: 30_000 },
    )
    .toBe('done')

  const moves = (await world.programs.log()).filter((line) => line !== 'dump')
  expect(moves).toEqual(['down 42'])
})

test('a command that refuses has answered: people are asked at once, and it is not run again', async () => {
  const world = await aWorld()
  const runs = `${world.folder}/runs`
  const refuses = `require('node:fs').appendFileSync(${JSON.stringify(runs)}, 'x'); console.error('column "coupon" is still used by a view'); process.exit(1)`
  const { migrate } = world.programs
  const tool = {
    kind: 'command' as const,
    list: [migrate, 'list'],
    version: [migrate, 'version'],
    down: [process.execPath, '-e', refuses],
    up: [migrate, 'up', '{to}'],
  }
  const target = { ...world.target, spec: { ...Object(world.target.spec), tool } }
  Object.assign(world.target, target)
  const down = await readyToMove(world)

  const refusal = world.executor.apply(down.change, 'rb_1.1', signal())
  await expect(refusal).rejects.toThrow(NeedsPerson)
  await expect(refusal).rejects.toThrow(
    'the migration failed and version 43 is applied: column "coupon" is still used by a view',
  )

  expect(await world.version()).toBe(43)
  expect(await readFile(runs, 'utf8')).toBe('x')
})

test('a dump that would take too long is said beforehand', async () => {
  const world = await aWorld({ parts: { dumpMs: 1 } })

  const { blockers } = await world.plan('42')

  expect(blockers).toMatchObject([
    { why: expect.stringMatching(/no backup can be made: .* a backup is given up after 2 h/) },
  ])
})

test('a dump that takes too long is ended, and not begun again while everything stands still', async () => {
  const world = await aWorld({ parts: { dumpMs: 1_000 } })
  const { steps, blockers } = await world.plan('42')
  expect(blockers).toEqual([])
  await world.programs.fail('late', 'late')

  await expect(world.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
    NeedsPerson,
  )

  expect(await readdir(world.backups)).toEqual([])
})
