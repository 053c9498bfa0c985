import {
  chmodSync,
  chownSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { divisionIn, fileFor, replaceText, Unreadable } from '#executors/nginx/file.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { load } from '#sandbox/nginx/load.ts'
import { freshWorlds, signal } from './world.ts'

const aWorld = freshWorlds()
const onePercent = { serving: 'blue', canary: { slot: 'green', percent: 1 } }
const tenPercent = { serving: 'blue', canary: { slot: 'green', percent: 10 } }
const loading = (text: string) => load([{ name: 'checkout.conf', text }])

test('no share is written as no line: nginx takes neither 0 nor more than it understands', async () => {
  const { spec } = await aWorld()

  const none = fileFor(spec, { serving: 'blue', canary: null })
  const some = fileFor(spec, { serving: 'blue', canary: { slot: 'green', percent: 10 } })

  expect(none).not.toContain('%')
  expect(some).toContain('    10% checkout_green;\n    * checkout_blue;\n')
  expect(loading(none)).not.toBeTypeOf('string')
  expect(loading(some.replace('10%', '0%'))).toBe('invalid percent value "0%" in checkout.conf:9')
})

test.for([
  ['other servers', (text: string) => text.replace(/server [^;]+;/, 'server 127.0.0.1:9;')],
  ['a server more', (text: string) => text.replace('server ', 'server 127.0.0.1:9; server ')],
  ['another slot', (text: string) => text.replace('* checkout_green', '* checkout_red')],
  [
    'a share of nothing',
    (text: string) => text.replace('* checkout', '0% checkout_blue; * checkout'),
  ],
  [
    'a share of all',
    (text: string) => text.replace('* checkout', '100% checkout_blue; * checkout'),
  ],
  ['no rest', (text: string) => text.replace('* checkout', '50% checkout')],
  ['three parts', (text: string) => text.replace('* c', '1% checkout_blue; 2% checkout_blue; * c')],
  ['something else', (text: string) => `${text}\nserver { listen 81; }`],
  ['nothing', () => ''],
] as const)(
  'a file with %s is not understood, and nobody guesses which slot serves',
  async ([, edit]) => {
    const world = await aWorld()
    const { steps } = await world.route('v2.2.1')
    const before = edit(world.text())
    world.setText(before)

    expect(() => divisionIn(before, world.spec)).toThrow(Unreadable)
    await expect(world.observe()).rejects.toThrow('there is no nginx upstream checkout')
    await expect(world.apply(steps[0])).rejects.toThrow(Superseded)
    expect(await world.executor.examine(world.target, signal())).toMatchObject([{ kind: 'blocks' }])
    expect(world.text()).toBe(before)
    expect(world.pretend.commands).not.toContain('-s reload')
  },
)

test('spaces and comments of people are read over', async () => {
  const { spec } = await aWorld()
  const canary = { slot: 'green', percent: 2.5 }
  const text = fileFor(spec, { serving: 'blue', canary })
    .replaceAll('\n', ' # by hand\n')
    .replaceAll('    ', '\t')

  expect(divisionIn(text, spec)).toEqual({ serving: 'blue', canary })
})

test('a slot that is not well gets no requests', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  world.pretend.set(world.blue, { version: '2.2.1', status: 503 })
  const before = world.text()

  await expect(world.apply(steps[0])).rejects.toThrow('slot blue answers 503; nothing was switched')
  const { blockers } = await world.route('v2.2.1')

  expect(world.text()).toBe(before)
  expect(blockers).toEqual([
    {
      kind: 'target_missing',
      revision: 'v2.2.1',
      why: 'slot blue answers 503: start what ran there, and look again',
    },
  ])
})

test('a slot that got another version meanwhile gets no requests', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  world.pretend.set(world.blue, { version: '2.4.0', status: 200 })

  await expect(world.apply(steps[0])).rejects.toThrow(
    'slot blue has 2.4.0, not v2.2.1; nothing was switched',
  )
})

test('a file that was written before may be loaded already: that nothing was changed is not said of it, and it stays', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  await world.apply(steps[0])
  const written = world.text()
  world.pretend.refuse('host not found in upstream "db.internal" in other.conf:7')

  const again = world.apply(steps[0])

  await expect(again).rejects.toThrow(NeedsPerson)
  await expect(again).rejects.toThrow(/may serve by it already.*host not found/)
  expect(world.text()).toBe(written)
})

test('whoever has the file open reads it to its end as it was: another file takes its place', async () => {
  const { spec } = await aWorld()
  const before = fileFor(spec, tenPercent)
  writeFileSync(spec.file, before)
  const open = openSync(spec.file, 'r')

  const isReplaced = await replaceText(spec, before, fileFor(spec, onePercent), () => undefined)
  const read = readFileSync(open, 'utf8')
  closeSync(open)

  expect(isReplaced).toBe(true)
  expect(read).toBe(before)
  expect(readFileSync(spec.file, 'utf8')).toBe(fileFor(spec, onePercent))
})

test('what nginx’s test refuses is put back as it was, and nginx is not told', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const before = world.text()
  world.pretend.refuse('host not found in upstream "db.internal" in other.conf:7')

  await expect(world.apply(steps[0])).rejects.toThrow(NotAllowed)
  await expect(world.apply(steps[0])).rejects.toThrow(
    `nginx refuses its configuration: host not found in upstream "db.internal" in other.conf:7; ${world.file} is as it was`,
  )
  const { blockers } = await world.route('v2.2.1')

  expect(world.text()).toBe(before)
  expect(world.pretend.commands).not.toContain('-s reload')
  expect(blockers).toMatchObject([{ kind: 'refused_by_platform' }])
})

test('a reload that nginx was told of and did not do is found out by what answers, and taken back', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const before = world.text()
  world.pretend.deaf(true)

  await world.apply(steps[0])
  const seen = await world.follow(steps[0])
  await world.executor.apply(steps[0]?.undo ?? null, 'rb_1.0.undo', signal())

  expect(seen).toMatchObject({
    kind: 'failed',
    message:
      '2.3.0 still answers beside v2.2.1: if that stays so, nginx refused the reload, see its error log',
  })
  expect(steps[0]?.onFailure).toBe('undo')
  expect(world.text()).toBe(before)
})

test('an nginx that always refuses to be told is tried some times; then the file is as it was, and people hear its words', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const before = world.text()
  world.pretend.faults.add({ method: 'POST', path: '/reload', times: 1_000, status: 500 })

  await expect(world.apply(steps[0])).rejects.toThrow(
    `nginx was not told to load ${world.file}, which is as it was: open() "/run/nginx.pid" failed`,
  )

  const tries = world.pretend.commands.filter((one) => one === '-s reload').length
  expect(tries).toBeGreaterThan(1)
  expect(tries).toBeLessThan(20)
  expect(world.text()).toBe(before)
  expect(world.pretend.loaded()).toEqual({ shares: [], rest: world.green })
  expect((await world.observe()).running.name).toBe('v2.3.0')
})

test('a file that was written before the process ended is still loaded by the next one', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  world.setText(fileFor(world.spec, { serving: 'blue', canary: null }))

  await world.freshExecutor().apply(steps[0]?.change ?? null, 'rb_1.0', signal())

  expect(world.pretend.loaded()).toEqual({ shares: [], rest: world.blue })
})

test('a canary goes to no share at all, and its slot runs on', async () => {
  const world = await aWorld({ division: tenPercent })
  const { running } = await world.observe()
  const { steps, mechanism, differences } = await world.route('v2.2.1')

  await world.apply(steps[0])

  expect(running.name).toBe('v2.3.0')
  expect(mechanism).toBe('nginx-canary')
  expect(differences[0]).toMatchObject({ from: 'blue, 10 % green', to: 'blue' })
  expect(world.pretend.loaded()).toEqual({ shares: [], rest: world.blue })
  const checks = await world.executor.verify(
    world.target,
    { id: await world.revision('v2.2.1'), images: [] },
    signal(),
  )
  expect(checks).toEqual([
    { id: 'units', result: 'passed', text: 'slot blue is healthy · requests go to blue' },
    { id: 'serving', result: 'passed', text: 'through nginx v2.2.1 answers' },
  ])
})

test('a canary of 1 % that was written away and never loaded away is loaded away by the next process', async () => {
  const world = await aWorld({ division: onePercent })
  const { steps } = await world.route('v2.2.1')
  world.setText(fileFor(world.spec, { serving: 'blue', canary: null }))

  await world.freshExecutor().apply(steps[0]?.change ?? null, 'rb_1.0', signal())

  expect(world.pretend.loaded()).toEqual({ shares: [], rest: world.blue })
  expect(await world.follow(steps[0])).toMatchObject({ kind: 'settled' })
})

test('a canary of 1 % that nginx goes on serving is found out', async () => {
  const world = await aWorld({ division: onePercent })
  const { steps } = await world.route('v2.2.1')
  world.pretend.deaf(true)

  await world.apply(steps[0])

  expect(await world.first(steps[0])).toMatchObject({
    kind: 'moving',
    note: expect.stringMatching(/^2\.3\.0 still answers beside v2\.2\.1/),
  })
})

test('an undo back to a canary is done when the canary answers again, and not before', async () => {
  const world = await aWorld({ division: tenPercent })
  const [step] = (await world.route('v2.2.1')).steps
  const undo = step && { ...step, change: step.undo }
  await world.apply(step)
  world.pretend.deaf(true)

  await world.apply(undo)
  const before = await world.first(undo)
  world.pretend.deaf(false)
  await world.apply(undo)

  expect(before).toMatchObject({ kind: 'moving', note: expect.stringMatching(/does not answer/) })
  expect(await world.follow(undo)).toMatchObject({ kind: 'settled' })
})

test('an undo back to a canary that is ill is done all the same', async () => {
  const world = await aWorld({ division: tenPercent })
  const [step] = (await world.route('v2.2.1')).steps
  const undo = step && { ...step, change: step.undo }
  await world.apply(step)
  world.pretend.set(world.green, { version: undefined, status: 502 })

  await world.apply(undo)

  expect(await world.follow(undo)).toMatchObject({ kind: 'settled' })
})

test('a slot that falls ill after the file was written is for an undo: it may serve already', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  await world.apply(steps[0])
  world.pretend.set(world.blue, { version: '2.2.1', status: 503 })

  await expect(world.apply(steps[0])).rejects.toThrow(NeedsPerson)
})

test('a file that a pipeline writes between the look and the change is theirs', async () => {
  const theirs = { serving: 'blue', canary: { slot: 'green', percent: 30 } }
  const world = await aWorld()
  const { spec } = world
  const read = world.text()
  world.setText(fileFor(spec, theirs))

  const isReplaced = await replaceText(spec, read, 'ours', () => undefined)

  expect(isReplaced).toBe(false)
  expect(world.text()).toBe(fileFor(spec, theirs))
})

test('a link stays a link, and what it leads to keeps its mode, owner and group', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const real = `${world.file}.real`
  // Whoever is not root can give nothing away.
  const owner = process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0)
  const group = process.getgid?.() === 0 ? 65_534 : (process.getgid?.() ?? 0)
  renameSync(world.file, real)
  symlinkSync(real, world.file)
  chmodSync(real, 0o664)
  chownSync(real, owner, group)

  await world.apply(steps[0])

  const { mode, uid, gid } = statSync(real)
  expect(world.pretend.loaded()).toEqual({ shares: [], rest: world.blue })
  expect(readlinkSync(world.file)).toBe(real)
  expect([mode & 0o777, uid, gid]).toEqual([0o664, owner, group])
  expect(readdirSync(dirname(real)).toSorted()).toEqual(['checkout.conf', 'checkout.conf.real'])
})

test('a slot that has gone silent is still known by what it last said, so that it can be left', async () => {
  const world = await aWorld()
  await world.observe()
  world.pretend.set(world.green, { version: undefined, status: 502 })

  const { running, warnings } = await world.observe()
  const { steps } = await world.route('v2.2.1')
  await world.apply(steps[0])

  expect(running.name).toBe('v2.3.0')
  expect(warnings).toContainEqual({ kind: 'nothing_serving' })
  expect(await world.follow(steps[0])).toMatchObject({ kind: 'settled' })
})

test('two slots with one version cannot be told apart: there is nothing to switch to', async () => {
  const world = await aWorld()
  world.pretend.set(world.blue, { version: '2.3.0', status: 200 })

  const { blockers, history } = await world.observe()

  expect(history).toEqual([])
  expect(blockers).toMatchObject([{ kind: 'unsupported' }])
})

test('doctor finds nothing in the way, or says that there is no nginx', async () => {
  const world = await aWorld()

  const fine = await world.executor.examine(world.target, signal())
  const missing = await nginxProgram({ program: ['/nowhere/nginx'] }).test(false, signal())

  expect(fine).toEqual([])
  expect(missing).toMatchObject({ code: 127, says: expect.stringContaining('ENOENT') })
})
