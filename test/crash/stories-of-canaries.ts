import type { Scene } from './scene.ts'
import { isPromotedInFull, type Story } from './story.ts'

/** Nothing of it can be measured here: people say that it holds. */
const items = ['error-rate', 'latency', 'healthy', 'degradation'] as const

const says = async (scene: Scene, item: string, holds: 'yes' | 'no', times: number) => {
  const reason = 'looked at it for a while'
  await scene.answersCanary('Tick an item…', { item, holds, reason })
  await scene.happens('promotion_ticked', times)
}

/** Every item holds, and its time passes. */
export async function ofGate(scene: Scene): Promise<void> {
  for (const [at, item] of items.entries()) await says(scene, item, 'yes', at + 1)
  await scene.passes(241, 'promotion_gate_opened')
}

/** What people do with a canary, and what is done because of it. */
export const ofCanaries: readonly Story[] = [
  {
    title: 'a canary is promoted when its gate is passed',
    kind: 'Rollout',
    waits: true,
    isCalm: true,
    runs: '1.1',
    async play(scene) {
      await scene.waits()
      await scene.promotes()
      await ofGate(scene)
      await scene.pressesCanary('Promote to full', 'second')
      await scene.happens('promotion_ended')
    },
  },
  {
    title: 'the next colour is promoted, and the one before loses its pods after a while',
    kind: 'Deployment',
    hasColours: 'go-forward',
    isCalm: true,
    runs: '1.1',
    async play(scene) {
      await isPromotedInFull(scene)
      await scene.passes(6, 'leftover_removed')
    },
  },
  {
    title:
      'the next colour was promoted, and the one before is kept, because it is what serves again; the bad one goes',
    kind: 'Deployment',
    hasColours: 'go-back-for-good',
    runs: '1.0',
    async play(scene) {
      await isPromotedInFull(scene)
      await scene.asks('--to v1.0')
      await scene.passes(6, 'leftover_kept')
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      await scene.passes(2, 'leftover_left')
      await scene.passes(31, 'incident_closed')
      await scene.passes(2, 'leftover_removed')
    },
  },
  {
    title: 'a canary is held, let go and taken away',
    kind: 'Rollout',
    waits: true,
    isCalm: true,
    runs: '1.0',
    async play(scene) {
      await scene.waits()
      await scene.promotes()
      await scene.pressesCanary('Hold')
      await scene.happens('canary_hold_placed')
      await scene.pressesCanary('Go on', 'second')
      await scene.happens('promotion_resumed')
      await says(scene, 'healthy', 'no', 1)
      await scene.passes(2, 'promotion_gate_missed')
      await scene.answersCanary('Roll back canary…', { reason: 'orders fail on the canary' })
      await scene.happens('promotion_ended')
    },
  },
]
