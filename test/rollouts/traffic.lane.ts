import { expect, test } from 'vitest'
import { carriedOut, freshWorlds, isHealthy, isNoticed, signal, type World } from './world.ts'

const fresh = freshWorlds()
const good = 'shop/checkout:2.2.1'
/** The controller divides the traffic by an Ingress beside this one; whoever acts on them is not needed to see what it asks for. */
const routed = {
  canary: {
    stableService: 'checkout',
    canaryService: 'preview',
    trafficRouting: { nginx: { stableIngress: 'checkout' } },
    steps: [{ setWeight: 50 }, { pause: {} }],
  },
}

test('an abort takes the traffic away before the template is put back', async () => {
  const w = await fresh({ strategy: routed, images: [good], hasIngress: true })
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')
  const before = await canaryWeight(w)
  const { steps } = await w.plan('v2.2.1')
  const [abort] = steps

  await w.executor.apply(abort?.change ?? null, 'rb_1.0', signal())
  await expect.poll(() => canaryWeight(w)).toBe('0')
  const image = (await w.look()).spec.template.spec.containers[0]?.image
  const ends = await carriedOut(w, steps)

  expect(before).toBe('50')
  expect(image).toBe('shop/checkout:2.3.0')
  expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 aborted', 'template restored'])
  expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  expect(isHealthy(await w.look())).toBe(true)
  expect(await canaryWeight(w)).toBe('0')
})

test('a promoted version is left whole, and its pods that are out of service do not count', async () => {
  const w = await fresh({ strategy: routed, hasIngress: true })

  const ends = await carriedOut(w, (await w.plan('v2.2.1')).steps)

  expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  await expect
    .poll(async () => (await w.verify('v2.2.1')).map(({ id, result }) => `${id} ${result}`))
    .toEqual(['units passed', 'serving passed', 'endpoints passed', 'endpoints passed'])
  expect(await canaryWeight(w)).toBe('0')
})

async function canaryWeight({ cluster }: World): Promise<unknown> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${cluster.namespace}/ingresses`
  const found = await cluster.backend.ask('GET', `${path}/checkout-checkout-canary`)
  const { annotations } = (found.body['metadata'] ?? {}) as {
    annotations?: Readonly<Record<string, string>>
  }
  return annotations?.['nginx.ingress.kubernetes.io/canary-weight']
}
