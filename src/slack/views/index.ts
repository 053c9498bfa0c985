export { isMilestone, isShown } from '#domain/communication/milestones.ts'
export { announcement } from './announcement.ts'
export { answer, type AnswerContext } from './answer.ts'
export { card } from './card.ts'
export { checklistBlocks, type ChecklistInput } from './checklist.ts'
export {
  acknowledgeModal,
  breakGlassModal,
  type DecisionModalInput,
  type Reasoned,
  reasonModal,
} from './decision-modals.ts'
export type { LineContext } from './event-words.ts'
export { fit, fitModal } from './fit.ts'
export { type CommandHelp, help } from './help.ts'
export { callbacks, inputs } from './inputs.ts'
export { line } from './line.ts'
export { mention, type MentionInput } from './mention.ts'
export type { ButtonAction, ButtonKind, CardInput, Message, Sign } from './message.ts'
export { diffModal, timelineModal, type TimelineModalInput } from './reading-modals.ts'
export { lastGood, rollbackModal, type RollbackModalInput } from './rollback-modal.ts'
export { statusPageModal, type StatusPageInput } from './status-page-modal.ts'
export { topic } from './topic.ts'
export { type Problem, validateMessage, validateModal } from './validate-blocks.ts'
