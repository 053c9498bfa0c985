import { describe, expect, test } from 'vitest'
import { flagProvider } from '#flags/index.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { startFlags } from '#sandbox/flags/server.ts'
import { unleashDialect } from '#sandbox/flags/unleash.ts'
import { adminToken, clientToken } from './server.ts'
import { aFlag } from './world.ts'

const signal = () => AbortSignal.timeout(20_000)
type Flag = Awaited<ReturnType<typeof aFlag>>

test('a flag is switched off and back on, and its strategies are the very same before and after', async () => {
  const flag = await aFlag(25)
  const before = await flag.state()
  const step = await stepOf(flag)

  await flag.executor.apply(step.change, 'rb_1.0', signal())
  expect(await flag.state()).toEqual({ ...before, isOn: false })
  await flag.executor.apply(step.undo, 'rb_1.0.undo', signal())

  expect(await flag.state()).toEqual(before)
})

test('what is done twice is done once, by the server’s own record', async () => {
  const flag = await aFlag()
  const step = await stepOf(flag)
  const before = await flag.switches()

  await flag.executor.apply(step.change, 'rb_1.0', signal())
  await flag.fresh().apply(step.change, 'rb_1.0', signal())

  expect(await flag.switches()).toBe(before + 1)
})

test('since when a flag has been on is when its environment was switched, to the server', async () => {
  const flag = await aFlag()

  const switched = await flag.provider.read(flag.place, signal())
  await flag.widen(60)
  const widened = await flag.provider.read(flag.place, signal())

  expect(switched).toMatchObject({ isOn: true, reach: 'for 25 %' })
  expect(switched?.since?.what).toBe('switched on')
  expect(widened).toMatchObject({ isOn: true, reach: 'for 60 %' })
  expect(widened?.since?.what).toBe('changed')
  expect(widened?.since?.at).toBeGreaterThan(switched?.since?.at ?? Number.POSITIVE_INFINITY)
})

test('what somebody else changed meanwhile stays as they made it', async () => {
  const flag = await aFlag(25)
  const step = await stepOf(flag)
  await flag.widen(60)
  const theirs = await flag.state()

  for (const change of [step.change, step.undo])
    await expect(flag.executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(Superseded)

  expect(await flag.state()).toEqual(theirs)
})

test('a program that asks for its flags is told soon that one is off', async () => {
  const flag = await aFlag(100)
  const told = async () => {
    const response = await fetch(`${flag.url}/api/client/features`, {
      headers: { authorization: clientToken },
    })
    return response.text()
  }
  const isOn = new RegExp(`"name":"${flag.key}"[^}]*"enabled":true`)
  await expect.poll(told).toMatch(isOn)

  await flag.executor.apply((await stepOf(flag)).change, 'rb_1.0', signal())

  await expect.poll(told).not.toMatch(isOn)
})

test('a flag is verified by what the server says, and counts as gone once it is archived', async () => {
  const flag = await aFlag()
  const observed = await flag.executor.observe(flag.target, signal())
  const [off] = observed.history
  const verified = () =>
    flag.executor.verify(flag.target, { id: off?.id ?? observed.running.id, images: [] }, signal())

  expect(await verified()).toMatchObject([{ result: 'failed' }])
  await flag.executor.apply((await stepOf(flag)).change, 'rb_1.0', signal())
  expect(await verified()).toMatchObject([{ result: 'passed' }])
  await flag.ask('DELETE', `/api/admin/projects/default/features/${flag.key}`)

  await expect(flag.executor.observe(flag.target, signal())).rejects.toThrow(
    `there is no flag ${flag.key} in production in Unleash (shop), project default`,
  )
})

test('an undo does not switch a flag on that lost its strategies meanwhile: it would be everybody’s then', async () => {
  const flag = await aFlag(25)
  const own = `/api/admin/projects/default/features/${flag.key}/environments/production`
  const step = await stepOf(flag)
  await flag.executor.apply(step.change, 'rb_1.0', signal())
  await flag.loseStrategies()

  await expect(flag.executor.apply(step.undo, 'rb_1.0.undo', signal())).rejects.toThrow(Superseded)
  expect(await flag.state()).toEqual({ isOn: false, strategies: [] })

  await flag.ask('POST', `${own}/on`)
  expect(await flag.state()).toMatchObject({ isOn: true, strategies: [{ constraints: [] }] })
})

test('a token that is not known, and one of a program, are refused in a sentence', async () => {
  const flag = await aFlag()
  const refused = (token: string) =>
    flagProvider('unleash', { called: 'shop', url: flag.url, token })
      .read(flag.place, signal())
      .catch((error: unknown) => error)

  const [unknown, program] = await Promise.all([
    refused('*:*.nobody-knows-this-one'),
    refused(clientToken),
  ])

  expect(unknown).toBeInstanceOf(NotAllowed)
  expect(String(unknown)).toContain('Unleash (shop) does not know the token')
  expect(program).toBeInstanceOf(NotAllowed)
  expect(String(program)).toContain('Unleash (shop) does not let the token do this')
})

describe('the pretend Unleash answers as the real one, and so does what is sent twice:', () => {
  test.for([
    ['the flag', 'GET', '', adminToken],
    ['a flag that is not there', 'GET', '-gone', adminToken],
    ['off', 'POST', '/environments/production/off', adminToken],
    ['on', 'POST', '/environments/production/on', adminToken],
    ['an environment that is not there', 'POST', '/environments/moon/off', adminToken],
    ['a token that is not known', 'GET', '', '*:*.nobody-knows-this-one'],
  ] as const)('%s', async ([, method, path, token]) => {
    const flag = await aFlag(25)
    const pretend = await startFlags({ dialect: unleashDialect, token: adminToken })
    pretend.store.add({ key: flag.key, rules: [{ id: 'any', share: 25 }] })

    const [real, played] = await Promise.all([flag.url, pretend.url].map(asked))
    await pretend.close()

    expect(played?.status).toBe(real?.status)
    // What we read of it, wherever it is played.
    for (const key of Object.keys(played?.body ?? {})) expect(real?.body).toHaveProperty(key)

    async function asked(url: string) {
      const own = `${url}/api/admin/projects/default/features/${flag.key}${path}`
      const send = () =>
        fetch(own, {
          method,
          headers: { authorization: token, 'content-type': 'application/json' },
          ...(method === 'POST' ? { body: '{}' } : {}),
        })
      await (await send()).body?.cancel()
      const response = await send()
      const text = await response.text()
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      return { status: response.status, body: Object(body) as object }
    }
  })
})

async function stepOf({ executor, target }: Pick<Flag, 'executor' | 'target'>) {
  const observed = await executor.observe(target, signal())
  const [off] = observed.history
  if (!off) throw new Error('it is off already')
  const { steps } = await executor.route(target, observed, off.id, 'rb_1', signal())
  const [step] = steps
  if (!step) throw new Error('there is no way')
  return step
}
