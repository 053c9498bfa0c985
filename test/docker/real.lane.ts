import { afterEach, describe, expect, test, vi } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import { aProject, engineHere, signal } from './world.ts'

const open: Awaited<ReturnType<typeof aProject>>[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const one of open.splice(0)) await one.close()
})
const fresh = async (...setup: Parameters<typeof aProject>) => {
  const made = await aProject(...setup)
  open.push(made)
  return made
}

describe.skipIf(!engineHere())('Compose 2 on a real Docker Engine', () => {
  test('the former image comes back for as many containers as run, and nothing else is touched', async () => {
    const p = await fresh({ scale: 2 })
    p.plain('up', '-d', '--no-deps', 'other')
    const other = p.plain('ps', '-q', 'other')
    const { steps } = await p.route('v1.0')

    for (const step of steps) {
      await p.apply(step)
      expect(await p.follow(step)).toMatchObject({ kind: 'settled', wanted: 2 })
    }

    expect(p.containers().map(({ reference }) => reference)).toEqual([
      'shop/checkout:1.0',
      'shop/checkout:1.0',
    ])
    expect(p.plain('ps', '-q', 'other')).toBe(other)
    expect((await p.observe()).running.by).toMatch(/^Countermand rb_1\.0 to /)
    const checks = await p.executor.verify(
      p.target,
      { id: await p.revision('v1.0'), images: [] },
      signal(),
    )
    expect(checks.map(({ result }) => result)).toEqual(['passed', 'passed'])
  })

  test('an image that does not get well has replaced the other one by then; what served is started again as it was', async () => {
    const p = await fresh({ versions: ['1.1'] })
    const before = p.containers()[0]
    const bad = (await p.observe()).history.find(({ name }) => name === 'bad')
    const observed = await p.observe()
    const { steps } = await p.executor.route(
      p.target,
      observed,
      bad?.id ?? observed.running.id,
      'rb_1',
      signal(),
    )

    await p.apply(steps[0])
    const seen = await p.follow(steps[0])
    const between = p.containers()[0]?.reference
    await p.executor.apply(steps[0]?.undo ?? null, 'rb_1.0.undo', signal())
    const after = p.containers()[0]
    p.plain('up', '-d', '--no-deps', 'checkout')

    expect(seen).toMatchObject({ kind: 'failed', message: expect.stringContaining('is unhealthy') })
    expect(between).toBe('shop/checkout:bad')
    expect(steps[0]?.onFailure).toBe('undo')
    expect(after).toMatchObject({ reference: before?.reference, hash: before?.hash })
    // To Compose it is what the files say: the next deploy finds nothing to do.
    expect(p.containers()[0]?.id).toBe(after?.id)
  })

  test('an image that was removed is found out before anything is stopped', async () => {
    const p = await fresh()
    p.docker('tag', 'shop/checkout:1.0', 'shop/kept:1.0')
    const [step] = (await p.route('v1.0')).steps
    const before = p.containers()
    p.docker('save', '-o', `${p.directory}/kept.tar`, 'shop/checkout:1.0', 'shop/kept:1.0')
    p.docker('rmi', '-f', 'shop/checkout:1.0', 'shop/kept:1.0')

    try {
      await expect(p.apply(step)).rejects.toThrow(Superseded)
      const { blockers } = await p.executor.route(
        p.target,
        await p.observe(),
        (await p.observe()).history.find(({ name }) => name === 'v1.0')?.id ??
          (await p.revision('v1.1')),
        'rb_1',
        signal(),
      )

      expect(blockers).toMatchObject([{ kind: 'target_missing', revision: 'v1.0' }])
    } finally {
      p.docker('load', '-i', `${p.directory}/kept.tar`)
    }
    expect(p.containers()).toEqual(before)
    expect(p.changes()).toBe(0)
  })

  test('a tag that was moved is not followed: the content that served is started by its id', async () => {
    const p = await fresh({ versions: ['1.1'] })
    p.docker('tag', 'shop/checkout:1.0', 'shop/checkout:moving')
    for (const tag of ['moving', '1.1']) {
      p.ship(tag)
      await p.steady()
    }
    const was = (await p.observe()).history.find(({ name }) => name.startsWith('moving'))
    p.docker('tag', 'shop/checkout:1.2', 'shop/checkout:moving')

    const observed = await p.observe()
    const { steps, how } = await p.executor.route(
      p.target,
      observed,
      was?.id ?? observed.running.id,
      'rb_1',
      signal(),
    )
    await p.apply(steps[0])

    expect(how).toContain('by its id')
    expect(p.containers()[0]).toMatchObject({ image: was?.id, reference: was?.id })
    expect(p.docker('image', 'inspect', '-f', '{{.Id}}', 'shop/checkout:moving').trim()).not.toBe(
      was?.id,
    )
  })

  test('a variable that is missing where Countermand runs would empty a setting: it is refused by name', async () => {
    const p = await fresh({ versions: ['1.0', '1.1'] })
    expect((await p.route('v1.0')).blockers).toEqual([])

    p.variables('TAG=1.1\n')
    const { blockers, steps } = await p.route('v1.0')

    expect(steps).toEqual([])
    expect(blockers).toMatchObject([
      {
        kind: 'unsupported',
        why: expect.stringContaining('no longer say what runs (LEVEL is not set there)'),
      },
    ])
  })

  test('variables of this process would win over .env, and do not reach Compose', async () => {
    const p = await fresh()
    vi.stubEnv('LEVEL', 'trace')

    const { blockers } = await p.route('v1.0')

    expect(blockers).toEqual([])
  })

  test('logs and health checks can be read, and doctor finds nothing in the way', async () => {
    const p = await fresh()

    const found = await p.executor.evidence(p.target, await p.revision('v1.1'), signal())
    const shortcomings = await p.executor.examine(p.target, signal())

    expect(found.map(({ kind }) => kind)).toEqual(['status', 'logs'])
    expect(found[0]?.text).toContain('running, healthy')
    expect(found[1]?.text).toMatch(/response:200|GET \/health|health/)
    expect(shortcomings.map(({ kind }) => kind)).toEqual(['choice'])
  })
})
