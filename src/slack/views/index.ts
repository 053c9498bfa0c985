export { announcement } from './announcement.ts'
export { answer, type AnswerContext } from './answer.ts'
export { assessmentCard } from './assessment.ts'
export { automationNotice } from './automation.ts'
export { ownerCall } from './assessment-answers.ts'
export { assessmentWhy } from './assessment-why.ts'
export { card } from './card.ts'
export { checklistBlocks, checklistModal } from './checklist.ts'
export {
  acknowledgeModal,
  breakGlassModal,
  type DecisionModalInput,
  reasonModal,
} from './decision-modals.ts'
export { fit } from './fit.ts'
export { help } from './help.ts'
export { callbacks, inputs } from './inputs.ts'
export { impactIn, impactModal, noIncidentModal } from './impact-modal.ts'
export { incidentCard } from './incident-card.ts'
export { line } from './line.ts'
export { mention, onCallMention, overdueMention } from './mention.ts'
export type {
  AssessmentButton,
  AssessmentButtonKind,
  ButtonAction,
  ButtonKind,
  CardInput,
  Message,
  PromotionButton,
  PromotionButtonKind,
  RollbackButton,
  ServiceButton,
  Sign,
} from './message.ts'
export { diffModal, timelineModal } from './reading-modals.ts'
export {
  flagsFirst,
  lastGood,
  nextWindow,
  rollbackModal,
  type RollbackModalInput,
} from './rollback-modal.ts'
export { perhapsTwice } from './perhaps-twice.ts'
export { policyNotice } from './policy.ts'
export { promotionCard } from './promotion.ts'
export { gateNotice } from './promotion-notice.ts'
export { awayModal, tickModal, tickIn } from './promotion-modals.ts'
export { statusPageModal } from './status-page-modal.ts'
export { suggestion } from './suggestion.ts'
export { topic } from './topic.ts'
export { validateMessage, validateModal } from './validate-blocks.ts'
export { changedModal } from './changed-modal.ts'
