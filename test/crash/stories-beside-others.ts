import { isTakenBack, rollsBack, type Story } from './story.ts'

/** What is done where others have a hand in it, too: a mesh that divides the requests, a tool that brings what Git has. */
export const besideOthers: readonly Story[] = [
  {
    title: 'a canary loses its requests by the weights of its route',
    kind: 'Deployment',
    hasCanary: true,
    runs: '1.0',
    async play(scene) {
      await scene.tries()
      await rollsBack(scene, '--severity critical')
    },
  },
  {
    title: 'Flagger is let through a gate, and takes the version back at another',
    kind: 'Deployment',
    byFlagger: true,
    runs: '1.0',
    async play(scene) {
      await scene.waitsAtFlagger()
      await scene.promotes()
      await scene.pressesCanary('Promote to 50 %', 'second')
      await scene.happens('canary_reached')
      await rollsBack(scene)
      await scene.happens('promotion_ended')
    },
  },
  {
    title: 'two services go back, one after the other',
    kind: 'Deployment',
    withAnother: 'goes-too',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.asks('', '[Approve all]')
      await scene.presses('Approve all')
      await scene.happens('execution_completed')
      await scene.passes(1, 'turn_taken')
      await scene.happens('execution_completed', 2)
      await scene.passes(2, 'verified', 2)
      await scene.passes(31, 'incident_closed')
    },
  },
  {
    title: 'the first of two does not get well, and the second is left as it is',
    kind: 'Deployment',
    withAnother: 'is-left',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await scene.asks('', '[Approve all]')
      await scene.presses('Approve all')
      await scene.happens('execution_completed')
      await scene.grows()
      await scene.passes(6, 'rollback_left')
      scene.letsGo()
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'a Service selects the colour before, and is switched on again',
    kind: 'Deployment',
    hasColours: 'go-back',
    runs: '1.1',
    async play(scene) {
      await scene.turnsGreen()
      await isTakenBack(scene)
    },
  },
  {
    title: 'a Service selects the colour before, and the bad one loses its pods when all is stable',
    kind: 'Deployment',
    hasColours: 'go-back-for-good',
    runs: '1.0',
    async play(scene) {
      await scene.turnsGreen()
      await rollsBack(scene)
      await scene.passes(2, 'leftover_removed')
    },
  },
  {
    title: 'Argo CD is paused, and somebody lets it go on',
    kind: 'Deployment',
    syncedBy: 'argo-cd',
    runs: '1.0',
    async play(scene) {
      scene.ships()
      await rollsBack(scene)
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
      await rollsBack(scene)
      await scene.passes(241, 'sync_reminded')
      await scene.answers('Resume sync…', '1.0 is in Git')
      await scene.happens('sync_resumed')
    },
  },
]
