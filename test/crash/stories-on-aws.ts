import { isPromotedInFull, isTakenBack, rollsBack, type Story, takesItBack } from './story.ts'

/** On ECS, deployed by itself or by CodeDeploy. */
export const onAws: readonly Story[] = [
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
  {
    title: 'a deployment of ECS that never ends is stopped, and an earlier version deployed',
    kind: 'Deployment',
    on: 'ecs',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.deploys('1.2-gone')
      await rollsBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a task definition of ECS that was deregistered is registered once more, and deployed',
    kind: 'Deployment',
    on: 'ecs',
    registersAgain: true,
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.forgets()
      await rollsBack(scene)
    },
  },
  {
    title: 'a deployment of ECS waits at its hook, and goes on by the word of people',
    kind: 'Deployment',
    on: 'ecs',
    isCalm: true,
    runs: '1.1',
    async play(scene) {
      await isPromotedInFull(scene)
    },
  },
  {
    title:
      'a deployment of CodeDeploy waits before its first traffic, and goes on by the word of people',
    kind: 'Deployment',
    on: 'code-deploy',
    isCalm: true,
    runs: '1.1',
    async play(scene) {
      await isPromotedInFull(scene)
    },
  },
  {
    title: 'CodeDeploy deploys what ran before',
    kind: 'Deployment',
    on: 'code-deploy',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await isTakenBack(scene)
    },
  },
  {
    title: 'a deployment of CodeDeploy that never ends is stopped, and an earlier version deployed',
    kind: 'Deployment',
    on: 'code-deploy',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      scene.deploys('1.2-gone')
      await rollsBack(scene, '--to v1.0')
    },
  },
  {
    title: 'a deployment of CodeDeploy that was stopped is made again once its image is there',
    kind: 'Deployment',
    on: 'code-deploy',
    isTakenBack: true,
    runs: '1.2-gone',
    async play(scene) {
      scene.ships()
      scene.deploys('1.2-gone')
      await scene.asks('--to v1.0')
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.passes(2, 'verified')
      scene.isPushed()
      await takesItBack(scene, 'it was pushed after all')
    },
  },
]
