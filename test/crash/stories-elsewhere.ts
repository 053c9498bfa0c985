import { ofGate } from './stories-of-canaries.ts'
import { isTakenBack, rollsBack, type Story } from './story.ts'

/** What is taken back where no cluster has it. */
export const elsewhere: readonly Story[] = [
  {
    title: 'requests are switched back to the other slot behind nginx',
    kind: 'Deployment',
    on: 'nginx',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await rollsBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a canary behind nginx is promoted in full',
    kind: 'Deployment',
    on: 'nginx',
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
    title: 'a service of Compose goes back to its former image',
    kind: 'Deployment',
    on: 'compose',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await rollsBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a flag goes off, and then the version that brought it, in one approval',
    kind: 'Deployment',
    hasFlag: true,
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.opensFlag()
      await rollsBack(scene, '--combined --severity critical')
    },
  },
  {
    title: 'ECS rolled back',
    kind: 'Deployment',
    on: 'ecs',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await rollsBack(scene)
    },
  },
  {
    title: 'ECS taken back',
    kind: 'Deployment',
    on: 'ecs',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await isTakenBack(scene)
    },
  },
]
