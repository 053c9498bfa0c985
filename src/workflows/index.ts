import { isAssessment, isAutomation, isPromotion } from '#domain/ids.ts'
import { advance } from '#workflows/rollback/advance.ts'
import { assessService, noteShown } from '#workflows/assessment/assess-service.ts'
import { armAutomation } from '#workflows/automation/arm-automation.ts'
import { automate } from '#workflows/automation/automate.ts'
import { approve, beforeTyping } from '#workflows/rollback/approve.ts'
import { beforeReason, control } from '#workflows/rollback/control.ts'
import { captureEvidence } from '#workflows/incident/evidence.ts'
import { reconcile } from '#workflows/hold/reconcile.ts'
import { measureImpact } from '#workflows/incident/impact.ts'
import {
  addNote,
  announce,
  changeSeverity,
  changeStart,
  correct,
  report,
  tick,
} from '#workflows/incident/inform.ts'
import { noteConfiguration } from '#workflows/incident/note-configuration.ts'
import { page } from '#workflows/incident/page.ts'
import { observeAll } from './observe-all.ts'
import {
  askOwner,
  sayNoIncident,
  stateImpact,
  stopWatching,
  watchService,
  withdraw,
} from '#workflows/assessment/press-assessment.ts'
import { reassess } from '#workflows/assessment/reassess.ts'
import { runPromotion } from '#workflows/promotion/run-promotion.ts'
import { planAgain } from '#workflows/request/plan-again.ts'
import {
  holdCanary,
  keepLeft,
  promote,
  refuseMisplaced,
  takeCanaryAway,
  tickGate,
  tryAgain,
} from '#workflows/promotion/decide-promotion.ts'
import {
  previewPromotion,
  promotionStatus,
  requestPromotion,
} from '#workflows/promotion/request-promotion.ts'
import { seeCanaries } from '#workflows/promotion/see-canaries.ts'
import { proposeForAlert } from '#workflows/automation/propose-for-alert.ts'
import { previewRollback, requestRollback } from '#workflows/request/request-rollback.ts'
import { togetherFlows } from '#workflows/request/together-flows.ts'
import { reviewPolicy, showPolicy } from './review-policy.ts'
import { askPostMortem } from '#workflows/incident/say.ts'
import { pauseAutomation, switchAutomation } from '#workflows/automation/switch-automation.ts'
import { automation, history, status } from './tell.ts'
import { whoAsks } from './who-asks.ts'
import type { World } from './world.ts'
import type { Workflows } from './workflows.ts'

/** Joins the parts to what the surfaces may ask for. */
export function workflows(world: World): Workflows {
  return {
    whoAsks: (by, service) => whoAsks(world, by, service),
    requestRollback: (request, delivery) => requestRollback(world, request, delivery),
    ...togetherFlows(world),
    previewRollback: (request) => previewRollback(world, request),
    approve: (click) => approve(world, click),
    beforeTyping: (click, form) => beforeTyping(world, click, form),
    beforeReason: (click, decided) => beforeReason(world, decided, click),
    reject: (click) => control(world, 'reject', click, click.reason),
    cancel: (click) => control(world, 'cancel', click),
    undo: (click) => control(world, 'undo', click, click.reason),
    collapse: (click) => control(world, 'collapse', click, click.reason),
    keepWaiting: (click) => control(world, 'keep-waiting', click),
    nextWay: (click) => control(world, 'next-way', click),
    keepFormer: (click) => control(world, 'keep-former', click),
    liftHold: (click) => control(world, 'lift-hold', click, click.reason),
    resumeSync: (click) => control(world, 'resume-sync', click, click.reason),
    liftFreeze: (click) => control(world, 'lift-freeze', click, click.reason),
    widenFreeze: (click) => control(world, 'widen-freeze', click, click.reason),
    pin: (click) => control(world, 'pin', click, click.reason, click.time),
    reviewBreakGlass: (click) => control(world, 'review-break-glass', click, click.note),
    planAgain: (click) => planAgain(world, click),
    tick: (said) => tick(world, said),
    changeSeverity: (said) => changeSeverity(world, said),
    changeStart: (said) => changeStart(world, said),
    announce: (said) => announce(world, said),
    addNote: (said) => addNote(world, said),
    correct: (said) => correct(world, said),
    askPostMortem: (said) => askPostMortem(world, said),
    assess: (asked) => assessService(world, asked),
    watchService: (pressed) => watchService(world, pressed),
    stopWatching: (pressed) => stopWatching(world, pressed),
    sayNoIncident: (pressed) => sayNoIncident(world, pressed),
    askOwner: (pressed) => askOwner(world, pressed),
    stateImpact: (pressed) => stateImpact(world, pressed),
    withdraw: (pressed) => withdraw(world, pressed),
    assessmentShown: (assessment, place) => noteShown(world, assessment, place),
    requestPromotion: (request, delivery) => requestPromotion(world, request, delivery),
    previewPromotion: (request) => previewPromotion(world, request),
    promotionStatus: (service) => promotionStatus(world, service),
    promote: (click) => promote(world, click),
    takeCanaryAway: (click) => takeCanaryAway(world, click),
    holdCanary: (click, act) => holdCanary(world, click, act),
    refuseMisplaced: (click, act) => refuseMisplaced(world, click, act),
    keepLeft: (click) => keepLeft(world, click),
    tryAgain: (click) => tryAgain(world, click),
    tickGate: (click) => tickGate(world, click),
    switchAutomation: (asked) => switchAutomation(world, asked),
    pauseAutomation: (click) => pauseAutomation(world, click),
    automation: (service) => automation(world, service),
    policy: () => showPolicy(world),
    reviewPolicy: (review) => reviewPolicy(world, review),
    status: (service) => status(world, service),
    history: (service) => history(world, service),
    channelOpened: (incident, { id, name, created }) =>
      report(world, incident, { kind: 'channel_opened', channel: id, name, created }),
    rolesTold: (incident, roles, people, about) =>
      report(world, incident, { kind: 'roles_told', roles, people, about }),
    announced: (incident, template, status, to, text) =>
      report(world, incident, { kind: 'announced', template, status, to, text, by: 'countermand' }),
    advance: (incident, signal) =>
      isAssessment(incident)
        ? reassess(world, incident, signal)
        : isAutomation(incident)
          ? automate(world, incident, signal)
          : isPromotion(incident)
            ? runPromotion(world, incident, signal)
            : advance(world, incident, signal),
    reassess: async (stream, signal) =>
      isAssessment(stream) ? reassess(world, stream, signal) : undefined,
    automate: async (stream, signal) =>
      isAutomation(stream) ? automate(world, stream, signal) : undefined,
    armAutomation: () => armAutomation(world),
    noteConfiguration: (hash) => noteConfiguration(world, hash),
    captureEvidence: (incident, signal) => captureEvidence(world, incident, signal),
    measureImpact: (incident, signal) => measureImpact(world, incident, signal),
    reconcileFreezes: (incident, signal) => reconcile(world, incident, signal),
    proposeForAlert: (incident) => proposeForAlert(world, incident),
    page: (incident, signal) => page(world, incident, signal),
    observeAll: async (signal) => {
      await Promise.all([observeAll(world, signal), seeCanaries(world, signal)])
    },
  }
}
