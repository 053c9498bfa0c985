import type { ModalView } from '@slack/types'
import type { AssessmentState } from '#domain/assessment/state.ts'
import { type Saying, type Statement, stated, statedKinds } from '#domain/assessment/statement.ts'
import { statementText } from '#domain/assessment/statement-words.ts'
import { shortestReason } from '#domain/authority/decide-approval.ts'
import { clock } from '#domain/communication/words.ts'
import { minutes } from '#domain/time.ts'
import { button, context, section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, select, textInput } from './inputs.ts'
import { bold, mrkdwn, person } from './markup.ts'
import type { Sign } from './message.ts'

/** What no metric knows: chosen, with a number where one is needed; what stands can be taken back. */
export function impactModal(
  { id: assessment, service, latest }: AssessmentState,
  { sign, metadata }: { readonly sign: Sign; readonly metadata: string },
): ModalView {
  const { now } = latest.measured.circumstances
  const takeBack = ({ id }: Statement) =>
    button('Take back', { kind: 'withdraw', assessment, detail: id }, sign)
  return fitModal(
    modal(
      'Add impact',
      [
        section(
          mrkdwn`What do you know of ${bold(service)} that no metric says? It is weighed at once and stands under your name.`,
        ),
        input(inputs.impact, select(inputs.impact, choices, undefined, 'Choose'), {
          label: 'What is so?',
        }),
        input(inputs.amount, textInput(inputs.amount, { most: 10, lines: false }), {
          label: 'How much?',
          hint: 'For lost revenue: percent. For a fix: minutes until it is out. Else leave it empty.',
          optional: true,
        }),
        ...latest.statements
          .slice(-10)
          .map((said) =>
            section(
              mrkdwn`${statementText(said)} – ${person(said.by)}, ${clock(said.at, now)}`,
              takeBack(said),
            ),
          ),
        ...(latest.statements.length > 0
          ? [
              context(
                mrkdwn`Taken back by whoever said it, or by somebody who holds a role for the service. The severity of an open incident stays until it is lowered.`,
              ),
            ]
          : []),
      ],
      { submit: 'Add', callback: callbacks.impact, metadata },
    ),
  )
}

/** Somebody who knows better says why. */
export const noIncidentModal = ({ service, watch }: AssessmentState, metadata: string): ModalView =>
  fitModal(
    modal(
      'Not an incident',
      [
        section(
          mrkdwn`You say that ${bold(service)} is not an incident.${watch ? ' The watch ends.' : ''} An incident that is open stays open: nothing is closed by this.`,
        ),
        input(inputs.reason, textInput(inputs.reason, { least: shortestReason }), {
          label: 'Why not?',
          hint: `At least ${shortestReason} characters. It is recorded under your name.`,
        }),
      ],
      { submit: 'It is not', callback: callbacks.noIncident, metadata },
    ),
  )

const remedies = {
  'simple-fix': 'the cause is known, and a simple fix is out in … min',
  fix: 'a fix is out in … min',
  'canary-only': 'only the canary suffers',
  'baseline-suffers': 'the version before suffers as well',
} as const

const choices = [
  ...statedKinds.map((kind) => ({
    value: kind,
    text: stated[kind].text,
    about: stated[kind].severity,
  })),
  { value: 'revenue', text: 'revenue is lost: … percent' },
  ...Object.entries(remedies).map(([value, text]) => ({ value, text })),
]

/** What was chosen and typed; a sentence where a number is missing or makes no sense. */
export function impactIn(chosen: string | undefined, amount: string | undefined): Saying | string {
  const kind = statedKinds.find((one) => one === chosen)
  if (kind) return { what: kind }
  const number = amount === undefined ? undefined : numberIn(amount)
  switch (chosen) {
    case 'revenue':
      return number !== undefined && number > 0 && number <= 100
        ? { what: 'revenue', share: number / 100 }
        : 'How much revenue is lost is said in percent, above 0 and up to 100.'
    case 'fix':
    case 'simple-fix':
      return number !== undefined && number >= 1 && number <= mostMinutes
        ? { what: 'fix', takes: minutes(number), isSimple: chosen === 'simple-fix' }
        : 'How long a fix takes is said in minutes, from 1 to 10080.'
    case 'canary-only':
    case 'baseline-suffers':
      return { what: chosen }
    default:
      return 'Nothing was chosen.'
  }
}

/** A week. */
const mostMinutes = 10_080

/** `12`, `12,5`, `12 %`, `8 min`. */
function numberIn(text: string): number | undefined {
  const [, digits] = /^\s*(\d{1,6}(?:[.,]\d{1,3})?)\s*(?:%|min)?\s*$/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits.replace(',', '.'))
}
