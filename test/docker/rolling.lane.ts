import { afterEach, describe, expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { twoFreePorts } from './ports.ts'
import { aProject, engineHere, signal } from './world.ts'

const open: Awaited<ReturnType<typeof aProject>>[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
const fresh = async (...setup: Parameters<typeof aProject>) => {
  const made = await aProject(...setup)
  open.push(made)
  return made
}
type Project = Awaited<ReturnType<typeof aProject>>
const routeToBad = async (p: Project) => {
  const observed = await p.observe()
  const bad = observed.history.find(({ name }) => name === 'bad')
  return p.executor.route(p.target, observed, bad?.id ?? observed.running.id, 'rb_1', signal())
}
const quietOf = async ({ executor, target }: Project) => {
  if (!executor.quiescer) throw new Error('nothing can be stopped')
  return executor.quiescer.plan(target, signal())
}

describe.skipIf(!engineHere())('several containers on a real Docker Engine', () => {
  test('one at a time is replaced: whoever looks on from outside never finds fewer than all but one', async () => {
    const p = await fresh({ scale: 3, settings: 'ports: ["127.0.0.1::8080"]' })
    const before = p.containers().map(({ id }) => id)
    const { steps } = await p.route('v1.0')
    const kept: number[] = []

    const seen = await p.seenWhile(async () => {
      for (const [index, step] of steps.entries()) {
        await p.executor.apply(step.change, `rb_1.${index}`, signal())
        expect(await p.follow(step)).toEqual({ kind: 'settled', ready: index + 1, wanted: 3 })
        kept.push(p.containers().filter(({ id }) => before.includes(id)).length)
      }
    })

    expect([...seen].toSorted((a, b) => a - b)).toEqual([2, 3])
    expect(kept).toEqual([2, 1, 0])
    expect(p.containers().map(({ reference }) => reference)).toEqual(
      Array.from({ length: 3 }, () => 'shop/checkout:1.0'),
    )
    const to = { id: await p.revision('v1.0'), images: [] }
    const checks = await p.executor.verify(p.target, to, signal())
    expect(checks.map(({ result }) => result)).toEqual(['passed', 'passed'])
  })

  test('one that does not get well is taken back alone; the others served all along', async () => {
    const p = await fresh({ versions: ['1.0', '1.1'], scale: 2 })
    const [, left] = p.containers()
    const { steps } = await routeToBad(p)

    const seen = await p.seenWhile(async () => {
      await p.apply(steps[0])
      expect(await p.follow(steps[0])).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('is unhealthy'),
      })
      await p.undo(steps[0])
      await p.steady()
    })

    expect(steps.map(({ onFailure }) => onFailure)).toEqual(['undo', 'undo'])
    expect(Math.min(...seen)).toBe(1)
    expect(p.containers()).toHaveLength(2)
    expect(p.containers()).toContainEqual(left)
    expect(new Set(p.containers().map(({ reference, hash }) => `${reference} ${hash}`)).size).toBe(
      1,
    )
  })

  test('what stands still for a schema is stopped for good, and the very same containers come back', async () => {
    const p = await fresh({ versions: ['1.1'], scale: 2, settings: 'restart: always' })
    const before = p.containers()
    const { stop, runs } = await quietOf(p)
    const make = async (change: Step['change']) => {
      await p.executor.apply(change, 'rb_1.0', signal())
      await p.freshExecutor().apply(change, 'rb_1.0', signal())
      return p.follow({ ...stop, name: 'checkout', change, onFailure: 'ask' })
    }

    const stopped = await make(stop.change)
    const still = p.plain('ps', '-q', '--status', 'running', 'checkout').trim()
    const started = await make(stop.undo)

    expect(runs).toEqual({ noun: 'containers', count: 2 })
    expect(stopped).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
    expect(still).toBe('')
    expect(started).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
    expect(p.containers()).toEqual(before)
  })

  test('as many ports as containers are enough: one is free again before the next container asks for it', async () => {
    const first = await twoFreePorts()
    const range = `${first}-${first + 1}`
    const p = await fresh({ scale: 2, settings: `ports: ["127.0.0.1:${range}:8080"]` })
    const { steps } = await p.route('v1.0')

    for (const [index, step] of steps.entries()) {
      await p.executor.apply(step.change, `rb_1.${index}`, signal())
      expect(await p.follow(step)).toEqual({ kind: 'settled', ready: index + 1, wanted: 2 })
    }

    const taken = p.containers().map(({ id }) => p.docker('port', id, '8080').trim())
    expect(taken.toSorted()).toEqual([`127.0.0.1:${first}`, `127.0.0.1:${first + 1}`])
    expect(new Set(p.containers().map(({ reference }) => reference))).toEqual(
      new Set(['shop/checkout:1.0']),
    )
  })

  test('a volume without a name is lost to a container that is started beside; so they are replaced together, and the card says why', async () => {
    const p = await fresh({ scale: 2, settings: 'volumes: [/data]' })
    const noted = () =>
      p
        .containers()
        .map(({ id }) => {
          try {
            return p.docker('exec', id, '/bin/busybox', 'cat', '/data/note').trim()
          } catch {
            return 'nothing'
          }
        })
        .toSorted()
    for (const { id } of p.containers())
      p.docker('exec', id, '/bin/sh', '-c', 'echo kept > /data/note')
    const { steps, how } = await p.route('v1.0')

    await p.apply(steps[0])
    const together = noted()
    const [one] = p.containers()
    p.docker('rm', '-f', one?.id ?? '')
    p.plain('up', '-d', '--no-deps', '--no-recreate', '--scale', 'checkout=2', 'checkout')

    expect(steps).toHaveLength(1)
    expect(how).toContain('together because what is in /data, a volume without a name')
    expect(together).toEqual(['kept', 'kept'])
    expect(noted()).toEqual(['kept', 'nothing'])
  })
})
