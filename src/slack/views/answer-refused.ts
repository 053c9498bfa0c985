import type { Button } from '@slack/types'
import type { Answer } from '#domain/communication/answer.ts'
import { roleName } from '#domain/communication/role-words.ts'
import type { PlanDigest, RollbackId } from '#domain/ids.ts'
import type { AnswerContext } from './answer-context.ts'
import { digestToApprove } from '#domain/rollback/together.ts'
import { actions, button, message, section } from './blocks.ts'
import { bold, mrkdwn } from './markup.ts'
import type { ButtonKind, Message, Sign } from './message.ts'
import { refusalText } from './refusal.ts'

/** A refusal with the rule, and what the refused person can do at once. */
export function refusedAnswer(
  answer: Extract<Answer, { kind: 'refused' }>,
  context: AnswerContext,
): Message {
  const rule = refusalText(answer.refusal, answer.decided, context.now)
  const text =
    answer.over === undefined
      ? rule
      : mrkdwn`Over ${bold(answer.over)}, which is one of them: ${rule}`
  return message(text, section(text), actions(...waysOn(answer, context)))
}

/** What the refused person can do at once. */
function waysOn(
  { refusal, rollback, decided: tried }: Extract<Answer, { kind: 'refused' }>,
  { sign, rollback: state }: AnswerContext,
): readonly (Button | undefined)[] {
  const breaking =
    tried === 'approve' && !('holds' in refusal && refusal.holds === null)
      ? make(sign, 'Break-glass…', 'break-glass', rollback, {
          digest: state && digestToApprove(state),
        })
      : undefined
  switch (refusal.kind) {
    case 'not_now':
    case 'below_approver':
    case 'not_the_requester':
      // The button would ask the people of the service that was rolled back.
      if ('over' in refusal) return []
      return [
        make(sign, `Ask the ${roleName(refusal.needs)}`, 'ask', rollback, {
          detail: refusal.needs,
        }),
        breaking,
      ]
    case 'second_person_needed':
    case 'already_counted':
      return [
        make(sign, `Ask the ${roleName(refusal.needs)}`, 'ask', rollback, {
          detail: refusal.needs,
        }),
      ]
    case 'role_source_down':
      return [
        refusal.wayOut === 'break-glass'
          ? undefined
          : make(sign, `Ask the ${roleName(refusal.wayOut)}`, 'ask', rollback, {
              detail: refusal.wayOut,
            }),
        breaking,
      ]
    case 'plan_changed':
      return [make(sign, 'See the new plan', 'diff', rollback, { digest: state?.digest })]
    case 'already_decided':
    case 'nothing_to_decide':
      return [make(sign, 'Timeline', 'timeline', rollback, {})]
    default:
      return []
  }
}

function make(
  sign: Sign,
  label: string,
  kind: ButtonKind,
  rollback: RollbackId,
  more: { readonly digest?: PlanDigest | undefined; readonly detail?: string },
): Button {
  return button(
    label,
    {
      kind,
      rollback,
      ...(more.digest === undefined ? {} : { digest: more.digest }),
      ...(more.detail === undefined ? {} : { detail: more.detail }),
    },
    sign,
  )
}
