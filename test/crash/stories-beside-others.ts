import { type Story, untilStable } from './story.ts'

/** What is done where others have a hand in it, too: a mesh that divides the requests, a tool that brings what Git has. */
export const besideOthers: readonly Story[] = [
  {
    title: 'a canary loses its requests by the weights of its route',
    kind: 'Deployment',
    hasCanary: true,
    runs: '1.0',
    async play(scene) {
      await scene.tries()
      await scene.asks('--severity critical')
      await scene.presses('Approve')
      await untilStable(scene)
    },
  },
  {
    title: 'Argo CD is paused, and somebody lets it go on',
    kind: 'Deployment',
    syncedBy: 'argo-cd',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.presses('Approve')
      await untilStable(scene)
      await scene.answers('Resume sync…', '1.0 is in Git')
      await scene.happens('sync_resumed')
    },
  },
  {
    title: 'Flux is paused, people are reminded, and somebody lets it go on',
    kind: 'Deployment',
    syncedBy: 'flux',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.presses('Approve')
      await untilStable(scene)
      await scene.passes(241, 'sync_reminded')
      await scene.answers('Resume sync…', '1.0 is in Git')
      await scene.happens('sync_resumed')
    },
  },
]
