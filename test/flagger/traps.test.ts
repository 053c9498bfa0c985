import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { bad, freshWorlds, good, type World } from './world.ts'

const fresh = freshWorlds()
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})
const next = 'shop/checkout:2.4.0'

/** A gate as others build them; what it was asked for. */
async function aGate(status: (asked: { name: string; checksum: string }) => number) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const payload = JSON.parse(body) as { name: string; checksum: string }
      asked.push(payload.checksum)
      response.statusCode = status(payload)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return { asked, url: `http://127.0.0.1:${port}` }
}
const hook = (type: string, { url }: { readonly url: string }) => ({ name: 'theirs', type, url })

describe('what a gate answers', () => {
  test('with 200 to everything rolls every release back', async () => {
    const w = await fresh({ gates: [], webhooks: [hook('rollback', await aGate(() => 200))] })

    await w.ship(bad)
    await w.inPhase('Failed')
    await w.ship(next)
    await w.onceIt(async ({ status }) => status.phase === 'Progressing')
    await w.inPhase('Failed')

    expect(await w.imageOf('checkout-primary')).toBe(good)
  })

  test('by the name of the Canary alone rolls the next release back as well', async () => {
    const open = new Set(['checkout'])
    const gate = await aGate(({ name }) => (open.has(name) ? 200 : 403))
    const w = await fresh({ gates: [], webhooks: [hook('rollback', gate)] })

    await w.ship(bad)
    await w.inPhase('Failed')
    await w.ship(next)
    await w.onceIt(({ status }) => status.phase === 'Progressing')
    await w.inPhase('Failed')

    expect(new Set(gate.asked).size).toBe(2)
  })

  test('for one version alone leaves the next one in peace', async () => {
    const w = await fresh({ gates: ['confirm-traffic-increase', 'rollback'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().some(({ gate }) => gate === 'rollback'))
    await w.open('rollback', w.heard().at(-1)?.version.checksum ?? '')
    await w.inPhase('Failed')

    await w.ship(next)
    await w.onceIt(({ status }) => status.phase === 'Progressing')
    const before = w.heard().length
    await w.onceIt(
      () =>
        w
          .heard()
          .slice(before)
          .filter(({ gate }) => gate === 'rollback').length > 2,
    )

    expect((await w.look()).status.phase).toBe('Progressing')
  })

  test('with 204 is a refusal', async () => {
    const gate = await aGate(() => 204)
    const w = await fresh({ gates: [], webhooks: [hook('confirm-rollout', gate)] })

    await w.ship(bad)
    await w.onceIt(({ status }) => status.phase === 'Waiting' && gate.asked.length > 2)

    expect((await w.look()).status.phase).toBe('Waiting')
  })
})

describe('when a gate is not asked', () => {
  test('skipAnalysis promotes the bad version, though its way back stands open', async () => {
    const w = await fresh({ gates: ['rollback', 'confirm-traffic-increase'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().some(({ gate }) => gate === 'confirm-traffic-increase'))
    const checksum = w.heard().at(-1)?.version.checksum ?? ''
    const asked = w.heard().length

    await w.patch({ spec: { skipAnalysis: true } })
    await w.open('rollback', checksum)
    await w.inPhase('Succeeded')

    expect(await w.imageOf('checkout-primary')).toBe(bad)
    expect(
      w
        .heard()
        .slice(asked)
        .some(({ wasOpen }) => wasOpen),
    ).toBe(false)
  })

  test('while its pods do not get ready, nothing goes back by the gate', async () => {
    const w = await fresh({ gates: ['rollback'] })
    w.cluster.behave(bad, { start: { kind: 'never-ready' } })
    await w.ship(bad)
    await w.onceIt(({ status }) => status.phase === 'Progressing')
    for (let looks = 0; looks < 3; looks += 1) await w.tick()

    expect(w.heard()).toEqual([])
    expect((await w.look()).status.phase).toBe('Progressing')
  })

  test('before its first gate was opened, nothing goes back by the gate', async () => {
    const w = await fresh()
    await w.ship(bad)
    await w.inPhase('Waiting')
    await w.open('rollback', w.heard()[0]?.version.checksum ?? '')
    for (let looks = 0; looks < 3; looks += 1) await w.tick()

    expect(new Set(w.heard().map(({ gate }) => gate))).toEqual(new Set(['confirm-rollout']))
  })

  test('while it is suspended, it asks at none', async () => {
    const w = await fresh({ gates: ['rollback', 'confirm-traffic-increase'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().length > 0)
    await w.patch({ spec: { suspend: true } })
    await w.tick()
    const asked = w.heard().length
    await w.tick()
    await w.tick()

    expect(w.heard()).toHaveLength(asked)
  })
})

describe('what its words mean', () => {
  test('the first gate names the version before, as Flagger has not taken note of the new one', async () => {
    const w = await fresh()
    const before = (await w.look()).status
    await w.ship(bad)
    await w.inPhase('Waiting')
    const [first] = w.heard()
    const waiting = (await w.look()).status

    const begun = await w.begun()

    expect(first?.gate).toBe('confirm-rollout')
    expect(waiting.lastAppliedSpec).toBe(before.lastAppliedSpec)
    expect(begun).not.toBe(first?.version.checksum)
  })

  test('while it waits for promotion its status says 0 %, and the traffic is where it was', async () => {
    const w = await fresh()
    await w.ship(bad)
    await w.open('confirm-traffic-increase', await w.begun())

    const { status } = await w.inPhase('WaitingPromotion')

    expect(status.canaryWeight).toBe(0)
    expect(await w.share()).toBe(50)
  })
})

describe('what kubectl would do', () => {
  const undo = (w: World, name: string, template: unknown) =>
    w.cluster.must(
      'PATCH',
      `${w.deployments}/${name}`,
      [{ op: 'replace', path: '/spec/template', value: template }],
      'application/json-patch+json',
    )

  test('to the target, which has no pod, changes none that serves', async () => {
    const w = await fresh({ images: [good, bad] })
    const { spec } = await w.deployment('checkout')
    const [container] = spec.template.spec.containers
    const template = {
      ...spec.template,
      spec: { ...spec.template.spec, containers: [{ ...container, image: good }] },
    }

    await undo(w, 'checkout', template)
    await w.inPhase('Waiting')

    expect(spec.replicas).toBe(0)
    expect(await w.imageOf('checkout')).toBe(good)
    expect(await w.serving('checkout-primary')).toEqual([bad])
  })

  test('to -primary alone lasts, and hides that the target still asks for the bad version', async () => {
    const w = await fresh({ images: [good, bad] })
    const { spec } = await w.deployment('checkout-primary')
    const [container] = spec.template.spec.containers
    const template = {
      ...spec.template,
      spec: { ...spec.template.spec, containers: [{ ...container, image: good }] },
    }

    await undo(w, 'checkout-primary', template)
    // The same bad version, pushed again, is no change to Flagger.
    await w.ship(bad)
    await w.tick()
    await w.tick()

    expect((await w.look()).status.phase).toBe('Succeeded')
    expect(await w.imageOf('checkout-primary')).toBe(good)
    expect(await w.imageOf('checkout')).toBe(bad)
  })
})

test('a promotion that fails ends as Failed, with the bad version in -primary', async () => {
  const w = await fresh({ gates: ['confirm-promotion'], deadlineSeconds: 5 })
  await w.ship(bad)
  await w.inPhase('WaitingPromotion')
  await w.open('confirm-promotion', w.heard().at(-1)?.version.checksum ?? '')
  await w.inPhase('Promoting')

  w.cluster.behave(bad, { start: { kind: 'never-ready' } })
  await w.onceIt(({ status }) => status.phase !== 'Promoting')

  expect(await w.imageOf('checkout-primary')).toBe(bad)
})
