import type { Scene } from './scene.ts'
import { ofGate } from './stories-of-canaries.ts'
import { isTakenBack, rollsBack, type Story, takesItBack, untilStable } from './story.ts'

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
    hasFlag: 'goes-off',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.opensFlag()
      await rollsBack(scene, '--combined --severity critical')
    },
  },
  {
    title: 'a slot that was stopped is started by Compose, and then gets the requests',
    kind: 'Deployment',
    on: 'nginx',
    onCompose: true,
    runs: '1.0',
    async play(scene) {
      await scene.turnsGreen()
      await rollsBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a slot that Compose started runs on where the requests leave it again',
    kind: 'Deployment',
    on: 'nginx',
    onCompose: true,
    isTakenBack: true,
    runs: '1.1',
    async play(scene) {
      await scene.turnsGreen()
      await isTakenBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a flag cannot be switched, and the version that brought it goes back instead',
    kind: 'Deployment',
    hasFlag: 'is-kept',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.opensFlag()
      await scene.asks('--severity critical')
      scene.keepsFlag()
      await scene.presses('Approve')
      await scene.happens('step_failed')
      await scene.presses('Instead: undo the Deployment')
      await scene.happens('rollback_planned', 2)
      await scene.presses('Approve')
      await untilStable(scene)
    },
  },
  {
    title: 'production is moved to another region with its writes, and back',
    kind: 'Deployment',
    on: 'region',
    runs: '1.1',
    async play(scene) {
      scene.failsInRegion()
      await scene.asks('--to northeurope')
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      scene.mendsRegion()
      await takesItBack(scene, 'it is up again, and nearer')
    },
  },
  {
    title: 'a schema goes back by one, while the app on it stands still',
    kind: 'Deployment',
    on: 'database',
    runs: '1.0',
    async play(scene) {
      await isTakenDown(scene)
      await scene.passes(31, 'incident_closed')
    },
  },
  {
    title: 'a schema goes back by one, and up again, while the app on it stands still on ECS',
    kind: 'Deployment',
    on: 'database',
    appOn: 'ecs',
    isTakenBack: true,
    runs: '1.1',
    async play(scene) {
      await isTakenDown(scene)
      await takesItBack(scene, 'the code of before fails on it')
    },
  },
  {
    title: 'a lost region is given up by two people, and taken up again',
    kind: 'Deployment',
    on: 'region',
    runs: '1.1',
    async play(scene) {
      scene.failsInRegion(true)
      await scene.asks('--to northeurope', '[Approve…]')
      await scene.answers('Approve…', 'it is gone, go on')
      await scene.answers('Approve…', 'what is lost is lost', 'second')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      scene.mendsRegion()
      await takesItBack(scene, 'it is up again, and nearer')
    },
  },
]

/** A schema goes back by one, as two people decide. */
async function isTakenDown(scene: Scene): Promise<void> {
  await scene.isMigrated()
  await scene.asks('--to 42', '[Approve…]')
  await scene.answers('Approve…', 'the coupons are in the backup')
  await scene.answers('Approve…', 'the backup is enough', 'second')
  await scene.happens('execution_completed')
  await scene.passes(2, 'verified')
}
