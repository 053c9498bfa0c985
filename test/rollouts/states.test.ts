import { expect, test } from 'vitest'
import { blueGreen, canary, freshWorlds, isNoticed, type SeenRollout, type World } from './world.ts'

const fresh = freshWorlds()
const status = (change: object) => (w: World) => w.patch({ status: change }, '/status')

/** What is done to a Rollout of two pods, and the phase in which it comes to rest. */
const story: readonly (readonly [
  name: string,
  act: (w: World) => Promise<unknown>,
  phase: string,
])[] = [
  ['made', async () => undefined, 'Healthy'],
  ['abort of nothing', status({ abort: true }), 'Healthy'],
  ['another version', (w) => w.ship('shop/checkout:2.3.0'), 'Paused'],
  ['abort', status({ abort: true }), 'Degraded'],
  ['retry', status({ abort: false }), 'Paused'],
  ['back to the stable version', (w) => w.ship('shop/checkout:2.2.1'), 'Healthy'],
  ['the other version again', (w) => w.ship('shop/checkout:2.3.0'), 'Paused'],
  ['promotion by hand', status({ pauseConditions: null }), 'Healthy'],
  ['a third version', (w) => w.ship('shop/checkout:2.4.0'), 'Paused'],
  ['promotion in full', status({ promoteFull: true }), 'Healthy'],
  ['paused by a person', (w) => w.patch({ spec: { paused: true } }), 'Paused'],
  ['resumed', (w) => w.patch({ spec: { paused: false } }), 'Healthy'],
]

/** Recorded on the real controller by `npm run test:rollouts`; the pretend one is held to it. */
test.for([
  ['canary', canary],
  ['blue-green', blueGreen(1)],
] as const)('a Rollout by %s comes to rest in these states', async ([name, strategy]) => {
  const w = await fresh({ strategy, images: ['shop/checkout:2.2.1'] })
  const hashes: string[] = []
  const lines: string[] = []

  for (const [act, doing, phase] of story) {
    await doing(w)
    const seen = await w.onceIt((one) => isAtRest(one, phase))
    lines.push(`${act}: ${phase}\n${stateOf(seen, hashes)}`)
  }

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
    `../golden/kubernetes/rollout-${name}.txt`,
  )
})

/** What is asked for was noticed, and an abort stands only where there was something to abort. */
const isAtRest = (seen: SeenRollout, phase: string): boolean =>
  isNoticed(seen) &&
  seen.status.phase === phase &&
  (seen.status.abort === true) === (phase === 'Degraded')

function stateOf({ metadata, status: seen }: SeenRollout, hashes: string[]): string {
  const named = (hash = 'none') => {
    if (!hashes.includes(hash)) hashes.push(hash)
    return `version ${hashes.indexOf(hash) + 1}`
  }
  const rows = {
    revision: metadata.annotations['rollout.argoproj.io/revision'],
    current: named(seen.currentPodHash),
    stable: named(seen.stableRS),
    step: seen.currentStepIndex,
    message: seen.message,
    abort: seen.abort || undefined,
    promoteFull: seen.promoteFull,
    paused: seen.pauseConditions?.map(({ reason }) => reason).join(),
    controllerPause: seen.controllerPause,
  }
  return Object.entries(rows)
    .flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`]))
    .join('\n')
}
