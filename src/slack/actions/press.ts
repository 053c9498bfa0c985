import { roles } from '#domain/authority/role.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import type { ModalView } from '@slack/types'
import type { Answer } from '#domain/communication/answer.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { isTogether } from '#domain/rollback/together.ts'
import type { Click } from '#workflows/click.ts'
import { widerFreeze } from '#workflows/hold/wider-freeze.ts'
import { type Edge, type Known, personOf } from '../edge.ts'
import type { Asker } from '../parts.ts'
import {
  acknowledgeModal,
  breakGlassModal,
  type RollbackButton,
  type DecisionModalInput,
  diffModal,
  reasonModal,
  timelineModal,
} from '../views/index.ts'
import { planDigest } from '#domain/ids.ts'
import { askHolders } from './ask.ts'
import { checklistView, tickItem } from './checklist.ts'
import { metadataFor } from './metadata.ts'
import { openStatusPage } from './status-page.ts'

export interface Press {
  readonly edge: Edge
  readonly asker: Asker
  readonly known: Known
  readonly action: RollbackButton
  /** The button's own signed value: a form that it opens carries it on. */
  readonly value: string
}

/** What a press comes to: an answer for the person, or `undefined` when a form was opened. */
export async function press(pressed: Press): Promise<Answer | undefined> {
  const { edge, asker, known, action, value } = pressed
  const { workflows } = edge
  const click: Click = { by: personOf(asker), rollback: action.rollback, delivery: asker.delivery }
  const digest = action.digest ?? noDigest
  switch (action.kind) {
    case 'approve':
      return needsAcknowledgement(known)
        ? ((await workflows.beforeTyping({ ...click, digest }, 'acknowledgement')) ??
            open(pressed, acknowledgeModal(await decisionInput(pressed))))
        : workflows.approve({
            ...click,
            digest,
            seen: { incident: known.incidentId, history: known.history },
          })
    case 'break-glass':
      return (
        (await workflows.beforeTyping({ ...click, digest }, 'break-glass')) ??
        open(pressed, breakGlassModal(await decisionInput(pressed)))
      )
    case 'reject':
    case 'undo':
    case 'collapse':
    case 'lift-hold':
    case 'resume-sync':
    case 'lift-freeze':
    case 'widen-freeze':
    case 'pin':
    case 'review-break-glass':
      return (
        (await workflows.beforeReason(click, action.kind)) ??
        open(pressed, reasonModal(action.kind, await decisionInput(pressed)))
      )
    case 'cancel':
      return workflows.cancel(click)
    case 'pause-automation':
      return workflows.pauseAutomation(click)
    case 'keep-waiting':
      return workflows.keepWaiting(click)
    case 'keep-former':
      return workflows.keepFormer(click)
    case 'next-way':
      return workflows.nextWay(click)
    case 'plan-again':
      return workflows.planAgain({
        ...click,
        ...(action.detail === undefined ? {} : { to: action.detail }),
      })
    case 'status-page':
      return openStatusPage(pressed)
    case 'timeline':
      return open(
        pressed,
        timelineModal({
          history: known.history,
          incident: known.incident,
          rollbacks: rollbacksOf(known.history),
        }),
      )
    case 'diff':
      return known.rollback.plan
        ? open(pressed, diffModal(known.rollback.plan))
        : { kind: 'nothing_found', what: 'a plan to compare' }
    case 'ask':
      return askHolders(
        edge,
        known,
        asker,
        roles.find((role) => role === action.detail),
      )
    case 'checklist':
      return open(pressed, await checklistView(edge, known, metadataFor(asker, value)))
    case 'tick':
      return tickItem(edge, asker, known, action)
  }
}

/** Opens a form: only while the permission to do so lasts, and only once. */
export async function open(
  { edge: { client }, asker }: Pick<Press, 'edge' | 'asker'>,
  view: ModalView,
): Promise<undefined> {
  if (asker.triggerId === undefined) throw new Error('a form needs a trigger')
  await client.views.open({ trigger_id: asker.triggerId, view })
}

async function decisionInput({ edge, asker, known, value }: Press): Promise<DecisionModalInput> {
  const { rollback, service, incident } = known
  return {
    rollback,
    service,
    incident,
    policy: edge.policy,
    now: await edge.timeline.now(),
    metadata: metadataFor(asker, value),
    wider: widerFreeze(edge, rollback),
  }
}

const needsAcknowledgement = ({ rollback, together }: Known): boolean =>
  rollback.phase === 'awaiting_approval' &&
  [rollback, ...(isTogether(rollback) ? together : [])].some(
    ({ plan }) => plan?.warnings.some(isSoftBlocker) ?? false,
  )

/** A button without a plan can approve none: whatever there is now is another one. */
const noDigest = planDigest('none')
