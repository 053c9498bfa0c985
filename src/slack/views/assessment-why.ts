import type { Finding } from '#domain/assessment/finding.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import { adviceText } from '#domain/assessment/verdict-words.ts'
import { clockSeconds, count } from '#domain/communication/words.ts'
import { marks } from './assessment.ts'
import { writtenText } from './assessment-instances.ts'
import { context, message, section, sectionIf } from './blocks.ts'
import { bold, code, dotted, lines, type Markup, mrkdwn } from './markup.ts'
import type { Message } from './message.ts'

/** Slack takes fifty blocks; what is left out is said. */
const mostRules = 40

/** Every rule that was looked at, with what a person needs to check it by hand. */
export function assessmentWhy({ service, latest }: AssessmentState): Message {
  const { findings, advice, choice, origin } = latest.found
  const first = mrkdwn`Why: ${adviceText(advice, service)} – every rule that was looked at`
  const more = findings.length - mostRules
  return message(
    first,
    section(
      lines(
        first,
        mrkdwn`${bold('Whose fault')}  ${origin.because}`,
        choice === null
          ? undefined
          : mrkdwn`${bold('Back or forward')}  rule ${choice.rule}: ${choice.because}`,
      ),
    ),
    findings.slice(0, mostRules).map((finding) => section(ruleText(finding))),
    sectionIf(writtenText(latest.measured.written ?? [])),
    context(
      dotted(
        mrkdwn`policy ${latest.policy.slice(0, 6)}`,
        more > 0 ? mrkdwn`${count(more, 'more rule')}` : undefined,
        mrkdwn`times are UTC`,
      ),
    ),
  )
}

function ruleText(finding: Finding): Markup {
  const { rule, state, because, measured, threshold, normal, samples, sampled, window } = finding
  return (
    lines(
      mrkdwn`${marks[state]} ${bold(rule)} ${states[state]}: ${because}`,
      dotted(
        measured === null ? mrkdwn`no value` : mrkdwn`value ${figure(measured)}`,
        threshold === null ? undefined : mrkdwn`limit ${figure(threshold)}`,
        normal === null ? undefined : mrkdwn`normal ${figure(normal)}`,
        samples === null ? undefined : mrkdwn`${samples} ${sampled ?? 'requests'}`,
        window === null
          ? undefined
          : mrkdwn`${clockSeconds(window.from)} to ${clockSeconds(window.to)}`,
        finding.signal === 'statement' ? mrkdwn`a person’s word` : mrkdwn`${finding.source}`,
      ),
      finding.query === '' ? undefined : code(finding.query, 300),
      mrkdwn`What would change it: ${finding.wouldChange}`,
    ) ?? mrkdwn`${rule}`
  )
}

const states = {
  fired: 'fired',
  sign: 'is a sign',
  unknown: 'cannot say',
  quiet: 'is quiet',
} as const

/** In the signal's own unit, as a person would compare it with what the source shows. */
const figure = (value: number): string => String(Number(value.toPrecision(4)))
