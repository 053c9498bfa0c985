import { expect, test } from 'vitest'
import { readFile, writeFile } from 'node:fs/promises'
import { migrating, ourName } from '#executors/database/connection.ts'
import { freshWorlds, signal, step, version, type World } from './world.ts'

const aWorld = freshWorlds()

/** The target of a world with a command of somebody's own, which goes down by this one. */
function byOwnCommand({ target, programs: { migrate } }: World, down: readonly string[]) {
  const tool = {
    kind: 'command' as const,
    list: [migrate, 'list'],
    version: [migrate, 'version'],
    down: [...down, 'down', '{to}'],
    up: [migrate, 'up', '{to}'],
  }
  return { ...target, spec: { ...Object(target.spec), tool } }
}

test('a command of somebody’s own lists, tells and moves versions, down and up again', async () => {
  const world = await aWorld()
  const { migrate } = world.programs
  const target = byOwnCommand(world, [migrate])
  const { executor } = world
  const observed = await executor.observe(target, signal())

  const route = await executor.route(target, observed, version('41'), 'rb_1', signal())
  for (const [index, { change }] of route.steps.entries())
    await executor.apply(change, `rb_1.${index}`, signal())

  expect(observed.running.name).toBe('43')
  expect(route.how).toContain('its own command (2 steps down)')
  expect(await world.version()).toBe(41)
  await executor.apply(route.steps.at(-1)?.undo ?? null, 'rb_1.1.undo', signal())
  expect(await world.version()).toBe(43)
})

test('a command that outlived us and reads no name of ours is waited for: nobody is told to end it, and no second one starts beside it', async () => {
  const world = await aWorld({ parts: { quietMs: 0 } })
  const { migrate } = world.programs
  const runs = `${world.folder}/runs`
  const go = `${world.folder}/go`
  const slowly = `
    const { appendFileSync, existsSync } = require('node:fs')
    const { execFileSync } = require('node:child_process')
    appendFileSync(${JSON.stringify(runs)}, 'x')
    delete process.env.PGAPPNAME
    const looking = setInterval(() => {
      if (!existsSync(${JSON.stringify(go)})) return
      clearInterval(looking)
      execFileSync(${JSON.stringify(migrate)}, process.argv.slice(1))
    }, 20)`
  Object.assign(world.target, byOwnCommand(world, [process.execPath, '-e', slowly]))
  const { steps } = await world.plan('42')
  const down = step(steps, /taken down/)
  await world.executor.apply(step(steps, /backup/).change, 'rb_1.0', signal())
  const stop = new AbortController()
  const begun = world.executor.apply(down.change, 'rb_1.1', stop.signal).catch(() => 'stopped')
  await expect.poll(() => readFile(runs, 'utf8').catch(() => ''), { timeout: 30_000 }).toBe('x')
  const kept = await world.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${migrating}'`,
  )

  // As after a crash: our session has gone, and its lock with it.
  stop.abort()
  await world.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${ourName}'`,
  )
  expect(await begun).toBe('stopped')
  const refused: string[] = []
  const again = async () => {
    const asked = signal()
    try {
      await world.freshExecutor().apply(down.change, 'rb_1.1', asked)
      return 'done'
    } catch (error) {
      // A busy machine may need longer than that for its five looks.
      if (!asked.aborted) refused.push(String(error))
      return 'not yet'
    }
  }
  const told = async () => {
    expect(await again()).toBe('not yet')
    return refused.length
  }
  await expect.poll(told, { timeout: 90_000 }).toBe(1)
  await writeFile(go, '')
  await expect.poll(again, { timeout: 90_000 }).toBe('done')

  expect(kept).toHaveLength(1)
  expect(await world.version()).toBe(42)
  expect(await readFile(runs, 'utf8')).toBe('x')
  expect(refused.filter((text) => !text.includes('is still at work'))).toEqual([])
})

test('a command that counts steps is not run once more where another run has moved the schema since it was looked at', async () => {
  const world = await aWorld()
  const { migrate } = world.programs
  const [late, runs] = [`${world.folder}/late`, `${world.folder}/runs`]
  const script = (body: string) => [
    process.execPath,
    '-e',
    `const { appendFileSync, existsSync, rmSync } = require('node:fs')
    const { execFileSync } = require('node:child_process')
    const run = (...args) => String(execFileSync(${JSON.stringify(migrate)}, args)).trim()
    ${body}`,
  ]
  // A run that was begun before a crash, and was not seen, is made right after the look.
  const version = script(`
    console.log(run('version'))
    if (existsSync(${JSON.stringify(late)})) {
      rmSync(${JSON.stringify(late)})
      run('down', '42')
    }`)
  const down = script(`
    appendFileSync(${JSON.stringify(runs)}, 'x')
    run('down', String(Number(run('version')) - Number(process.argv[1])))`)
  const tool = {
    kind: 'command' as const,
    list: [migrate, 'list'],
    version,
    down: [...down, '{steps}'],
    up: [migrate, 'up', '{to}'],
  }
  Object.assign(world.target, { spec: { ...Object(world.target.spec), tool } })
  const { steps } = await world.plan('42')
  await world.executor.apply(step(steps, /backup/).change, 'rb_1.0', signal())
  await writeFile(late, '')

  await world.executor.apply(step(steps, /taken down/).change, 'rb_1.1', signal())

  expect(await world.version()).toBe(42)
  expect(await readFile(runs, 'utf8').catch(() => 'none')).toBe('none')
})

test('what is sent to its whole group ends no command that goes on, nor the session beside it', async () => {
  const world = await aWorld()
  const { migrate } = world.programs
  const runs = `${world.folder}/runs`
  const go = `${world.folder}/go`
  const stubborn = `
    const { appendFileSync, existsSync } = require('node:fs')
    const { execFileSync } = require('node:child_process')
    process.on('SIGTERM', () => appendFileSync(${JSON.stringify(runs)}, ' told'))
    appendFileSync(${JSON.stringify(runs)}, String(process.ppid))
    delete process.env.PGAPPNAME
    const looking = setInterval(() => {
      if (!existsSync(${JSON.stringify(go)})) return
      clearInterval(looking)
      execFileSync(${JSON.stringify(migrate)}, process.argv.slice(1))
    }, 20)`
  Object.assign(world.target, byOwnCommand(world, [process.execPath, '-e', stubborn]))
  const { steps } = await world.plan('42')
  await world.executor.apply(step(steps, /backup/).change, 'rb_1.0', signal())
  const begun = world.executor.apply(step(steps, /taken down/).change, 'rb_1.1', signal()).then(
    () => 'done',
    (error: unknown) => String(error),
  )
  const said = () => readFile(runs, 'utf8').catch(() => '')
  await expect.poll(said, { timeout: 30_000 }).toMatch(/^\d+$/)

  process.kill(-Number(await said()), 'SIGTERM')
  await expect.poll(said, { timeout: 30_000 }).toMatch(/ told$/)
  await writeFile(go, '')

  expect(await begun).toBe('done')
  expect(await said()).toMatch(/^\d+ told$/)
  expect(await world.version()).toBe(42)
})

test('what a command ends with is told as it is, and so is one that is not there', async () => {
  const world = await aWorld()
  const { migrate } = world.programs
  const tool = {
    kind: 'command' as const,
    list: [migrate, 'list'],
    version: [migrate, 'version'],
    down: ['/nowhere/schema', 'down'],
    up: [migrate, 'up', '{to}'],
  }
  Object.assign(world.target, { spec: { ...Object(world.target.spec), tool } })
  const { steps } = await world.plan('42')
  await world.executor.apply(step(steps, /backup/).change, 'rb_1.0', signal())

  await expect(
    world.executor.apply(step(steps, /taken down/).change, 'rb_1.1', signal()),
  ).rejects.toThrow('/nowhere/schema cannot be started')
  expect(await world.version()).toBe(43)
})
