import { type Story, untilStable } from './story.ts'

/** What machines say and do, and what is looked at without anybody asking each time. */
export const byThemselves: readonly Story[] = [
  {
    title: 'counted down by itself',
    kind: 'Deployment',
    byItself: 'error-rate',
    runs: '1.0',
    async play(scene) {
      await scene.worsens()
      await scene.passes(6, 'countdown_begun')
      await scene.happens('automation_carried_out')
      await scene.passes(11, 'automation_approved')
      await untilStable(scene)
    },
  },
  {
    title: 'counted down, paused, and people decide',
    kind: 'Deployment',
    byItself: 'error-rate',
    runs: '1.0',
    async play(scene) {
      await scene.worsens()
      await scene.passes(6, 'countdown_begun')
      await scene.happens('automation_carried_out')
      await scene.presses('Pause automation')
      await scene.happens('countdown_stopped')
      await scene.presses('Approve')
      await untilStable(scene)
      await scene.passes(61, 'automation_switched', 2)
    },
  },
  {
    title: 'an alert asks, and people decide',
    kind: 'Deployment',
    runs: '1.0',
    async play(scene) {
      await scene.worsens()
      await scene.alarms('firing', true)
      await scene.presses('Approve')
      await scene.happens('execution_completed')
      await scene.alarms('resolved')
      await scene.happens('alert_resolved')
      await untilStable(scene)
    },
  },
  {
    title: 'an alert is counted down, and ends before that',
    kind: 'Deployment',
    byItself: 'alert',
    runs: '1.1',
    async play(scene) {
      await scene.worsens()
      await scene.alarms('firing', true)
      await scene.happens('countdown_begun')
      await scene.happens('automation_carried_out')
      await scene.alarms('resolved')
      await scene.happens('alert_resolved')
      await scene.passes(11, 'countdown_stopped')
      await scene.answers('Reject', 'it is over by itself')
      await scene.happens('rollback_rejected')
      await scene.passes(125, 'incident_closed')
    },
  },
  {
    title: 'assessed, watched, and what people know',
    kind: 'Deployment',
    runs: '1.1',
    async play(scene) {
      scene.ships()
      await scene.asks()
      await scene.assesses()
      await scene.pressesAssessment('Watch for 15 min')
      await scene.happens('service_watch_begun')
      await scene.answersAssessment('Add impact…', { impact: 'some-users' })
      await scene.happens('impact_stated', 2)
      await scene.pressesAssessment('Ask the owner')
      await scene.happens('owner_asked', 2)
      await scene.passes(16, 'service_watch_ended')
      await scene.answersAssessment('Not an incident…', { reason: 'a test of the shop' })
      await scene.happens('no_incident_said', 2)
      await scene.answers('Reject', 'it was a test')
      await scene.happens('rollback_rejected')
      await scene.passes(125, 'incident_closed')
    },
  },
]
