import type { Answer } from '#domain/communication/answer.ts'
import { planDigest } from '#domain/ids.ts'
import { isPinTime } from '#domain/rollback/pin.ts'
import type { Click } from '#workflows/click.ts'
import { type Edge, knownRollback, rollbackButton, personOf, tell } from '../edge.ts'
import type { Asker } from '../parts.ts'
import { entered, type View } from '../schema.ts'
import { type RollbackButton, callbacks, inputs } from '../views/index.ts'
import { askerIn, readMetadata } from './metadata.ts'
import { submitAssessmentForm } from './press-assessment.ts'
import { submitPromotionForm } from './press-promotion.ts'
import { submitChangedForm } from './changed-form.ts'
import { submitRollbackForm } from './rollback-form.ts'
import { submitStatusPage } from './status-page.ts'

/** A form came back. Every one of them ends in an answer to the person (invariant I6). */
export async function submit(edge: Edge, from: Asker, view: View): Promise<void> {
  const metadata = readMetadata(view.private_metadata)
  const asker = askerIn(view, from)
  if (view.callback_id === callbacks.rollback) return submitRollbackForm(edge, asker, view)
  if (view.callback_id === callbacks.changed) return submitChangedForm(edge, asker, view)

  if (view.callback_id === callbacks.impact || view.callback_id === callbacks.noIncident)
    return submitAssessmentForm(edge, asker, view, metadata?.button)
  if (view.callback_id === callbacks.canaryAway || view.callback_id === callbacks.tickGate)
    return submitPromotionForm(edge, asker, view, metadata?.button)
  const action = rollbackButton(edge, metadata?.button)
  const known = action && (await knownRollback(edge, action.rollback))
  if (!action || !known) return tell(edge, asker, { kind: 'nothing_found', what: 'that form' })
  if (view.callback_id === callbacks.statusPage) return submitStatusPage(edge, asker, known, view)
  return tell(edge, asker, await decided(edge, asker, action, view))
}

async function decided(
  { workflows }: Edge,
  asker: Asker,
  action: RollbackButton,
  view: View,
): Promise<Answer> {
  const reason = entered(view, inputs.reason) ?? ''
  const click: Click = { by: personOf(asker), rollback: action.rollback, delivery: asker.delivery }
  const digest = action.digest ?? planDigest('none')
  const form = view.callback_id
  if (form === callbacks.acknowledge && action.kind === 'approve')
    return workflows.approve({ ...click, digest, acknowledged: reason })
  if (form === callbacks.breakGlass && action.kind === 'break-glass')
    return workflows.approve({ ...click, digest, breakGlass: reason, acknowledged: reason })
  // A form belongs to the button that opened it: with another one's value it stands for nothing (threat T019).
  if (form !== callbacks.reason) return { kind: 'nothing_found', what: 'that form' }
  switch (action.kind) {
    case 'reject':
      return workflows.reject({ ...click, reason })
    case 'undo':
      return workflows.undo({ ...click, reason })
    case 'collapse':
      return workflows.collapse({ ...click, reason })
    case 'lift-hold':
      return workflows.liftHold({ ...click, reason })
    case 'resume-sync':
      return workflows.resumeSync({ ...click, reason })
    case 'lift-freeze':
      return workflows.liftFreeze({ ...click, reason })
    case 'widen-freeze':
      return workflows.widenFreeze({ ...click, reason })
    case 'pin': {
      const time = entered(view, inputs.until)
      return isPinTime(time)
        ? workflows.pin({ ...click, reason, time })
        : { kind: 'nothing_found', what: 'that length of time' }
    }
    case 'review-break-glass':
      return workflows.reviewBreakGlass({ ...click, note: reason })
    case 'approve':
    case 'break-glass':
    case 'cancel':
    case 'keep-former':
    case 'pause-automation':
    case 'keep-waiting':
    case 'next-way':
    case 'plan-again':
    case 'status-page':
    case 'timeline':
    case 'diff':
    case 'ask':
    case 'checklist':
    case 'tick':
      return { kind: 'nothing_found', what: 'that form' }
  }
}
