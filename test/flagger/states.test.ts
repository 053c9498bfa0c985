import { expect, test } from 'vitest'
import type { FlaggerGate } from '#domain/flagger/gates.ts'
import type { Provider } from './manifests.ts'
import { bad, freshWorlds, good, type World } from './world.ts'

const fresh = freshWorlds()
const next = 'shop/checkout:2.4.0'

/** Opens a gate for the version that Flagger named last. */
const opened = (gate: FlaggerGate) => async (w: World) =>
  w.open(gate, w.heard().at(-1)?.version.checksum ?? '', `${gate} ${w.heard().length}`)
const shipped = (image: string) => (w: World) => w.ship(image)
const nothing = async () => undefined
type Story = readonly (readonly [name: string, act: (w: World) => Promise<unknown>])[]

const firstHalf: Story = [
  ['made', nothing],
  ['another version', shipped(bad)],
  ['looked at again', nothing],
  ['confirm-rollout opened', opened('confirm-rollout')],
  ['looked at again', nothing],
]
const secondHalf: Story = [
  ['confirm-promotion opened', opened('confirm-promotion')],
  ['looked at again', nothing],
  ['looked at again', nothing],
  ['looked at again', nothing],
  ['looked at again', nothing],
  ['a third version', shipped(next)],
  ['confirm-rollout opened', opened('confirm-rollout')],
  ['looked at again', nothing],
  ['rollback opened', opened('rollback')],
  ['looked at again', nothing],
  ['back to the version that serves', shipped(bad)],
  ['looked at again', nothing],
  [
    'skipAnalysis, and the first version',
    async (w) => {
      await w.patch({ spec: { skipAnalysis: true } })
      await w.ship(good)
    },
  ],
  ['confirm-rollout opened', opened('confirm-rollout')],
  ['looked at again', nothing],
  ['looked at again', nothing],
]
const stories: Readonly<Record<Provider, Story>> = {
  istio: [
    ...firstHalf,
    ['confirm-traffic-increase opened', opened('confirm-traffic-increase')],
    ['looked at again', nothing],
    ['looked at again', nothing],
    ...secondHalf,
  ],
  kubernetes: [...firstHalf, ['looked at again', nothing], ...secondHalf],
}

/** Recorded on the real Flagger by `npm run test:flagger`; the pretend one is held to it. */
test.for(['istio', 'kubernetes'] as const)(
  'by %s a Canary comes through these states',
  async (provider) => {
    const w = await fresh({ provider })
    const names: string[] = []
    const lines: string[] = []

    for (const [act, doing] of stories[provider]) {
      const before = w.heard().length
      await doing(w)
      await w.tick()
      await w.rested()
      lines.push(`${act}\n${await stateOf(w, names, before)}`)
    }

    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../golden/kubernetes/flagger-${provider}.txt`,
    )
  },
)

async function stateOf(w: World, names: string[], before: number): Promise<string> {
  const { status } = await w.look()
  const named = (hash = 'none') => {
    if (!names.includes(hash)) names.push(hash)
    return names.indexOf(hash) + 1
  }
  const [target, primary] = await Promise.all([
    w.deployment('checkout'),
    w.deployment('checkout-primary'),
  ])
  const imageOf = ({ spec }: typeof target) => spec.template.spec.containers[0]?.image.split(':')[1]
  const asked = w
    .heard()
    .slice(before)
    .map(
      ({ gate, phase, version, wasOpen }) =>
        `${gate} (${phase}) of version ${named(version.checksum)}: ${wasOpen ? 'yes' : 'no'}`,
    )
  const rows = {
    phase: status.phase,
    says: status.conditions?.[0]?.message,
    weight: status.canaryWeight,
    iterations: status.iterations,
    'failed checks': status.failedChecks,
    applied: `hash ${named(status.lastAppliedSpec)}`,
    promoted: `hash ${named(status.lastPromotedSpec)}`,
    target: `${imageOf(target)}, ${target.spec.replicas} pods`,
    primary: `${imageOf(primary)}, ${primary.spec.replicas} pods`,
    share: await w.share(),
    asked: asked.join('; ') || 'nowhere',
  }
  return Object.entries(rows)
    .flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`]))
    .join('\n')
}
