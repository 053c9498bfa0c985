import type { Advice } from '#domain/assessment/advice.ts'
import type { Finding } from '#domain/assessment/finding.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { clock, list, span } from '#domain/communication/words.ts'
import { actions, button, context, message, section, sectionIf } from './blocks.ts'
import { bold, dotted, lines, type Markup, mrkdwn } from './markup.ts'
import type { Message, Sign } from './message.ts'
import { warningText } from './plan-words.ts'

type Assessed = Extract<Answer, { kind: 'assessed' }>

/** How bad it is and what to do: the verdict first, then every number behind it, and what would change it. */
export function assessmentAnswer(assessed: Assessed, sign: Sign): Message {
  const { assessment, service, now } = assessed
  const { advice, severity, because, confidence, origin, findings, wouldChange } = assessment
  const loud = severity === null || advice === 'watch' ? undefined : bold(severity.toUpperCase())
  const first = dotted(
    mrkdwn`${bold(verdicts[advice](service))} – ${confidence.level} (${confidence.answered} of ${confidence.asked} signals)`,
    loud,
  )
  const rules = firedRules(findings)
  return message(
    first,
    section(lines(first, mrkdwn`because ${because}`, originText(assessed, origin.because))),
    sectionIf(lines(...others(findings, because).slice(0, mostFindings).map(findingLine))),
    sectionIf(
      lines(
        neighboursText(assessed),
        forwardText(assessed),
        wayBackText(assessed),
        decideText(assessed),
        wouldChange.length > 0
          ? mrkdwn`${bold('What would change this')}  ${wouldChange.slice(0, 4).join(' · ')}`
          : undefined,
      ),
    ),
    context(
      dotted(
        mrkdwn`as of ${clock(now)}`,
        rules.length > 0 ? mrkdwn`rules ${rules.join(', ')}` : mrkdwn`no rule fired`,
      ),
    ),
    ...actions(startButton(assessed, sign)),
  )
}

/** More than these are not read at three in the morning; `--why` lists them all. */
const mostFindings = 8

const verdicts: Readonly<Record<Advice, (service: string) => string>> = {
  roll_back: (service) => `Roll back ${service}`,
  roll_back_canary: (service) => `Take the canary of ${service} away`,
  fix_forward: (service) => `Mend ${service}, do not roll it back`,
  look_elsewhere: (service) => `Going back would not cure ${service}`,
  watch: (service) => `${service} looks well`,
  inconclusive: (service) => `I cannot say how ${service} is`,
}

/** The one that decided is told already. */
const others = (findings: readonly Finding[], told: string): readonly Finding[] =>
  findings.filter(({ because }) => because !== told)

const marks = { fired: '✗', sign: '⚠', unknown: '?', quiet: '✓' } as const

const findingLine = ({ state, because }: Finding): Markup => mrkdwn`${marks[state]} ${because}`

function originText({ running, now, assessment }: Assessed, because: string): Markup | undefined {
  if (assessment.advice === 'watch' || assessment.advice === 'inconclusive')
    return running
      ? mrkdwn`${running.name} runs since ${clock(running.since, now)}`
      : mrkdwn`what runs could not be seen`
  // Said already in the reason.
  return assessment.advice === 'look_elsewhere' ? undefined : mrkdwn`${because}`
}

function neighboursText({ dependencies }: Assessed): Markup | undefined {
  const of = (state: string) =>
    dependencies.flatMap((one) => (one.state === state ? [one.service] : []))
  const parts = [
    of('sick').length > 0 ? mrkdwn`sick as well: ${list(of('sick'))}` : undefined,
    of('healthy').length > 0 ? mrkdwn`healthy: ${list(of('healthy'))}` : undefined,
    of('unknown').length > 0 ? mrkdwn`not known: ${list(of('unknown'))}` : undefined,
  ]
  return dependencies.length === 0
    ? undefined
    : mrkdwn`${bold('What it depends on')}  ${dotted(...parts)}`
}

function forwardText({ assessment: { choice } }: Assessed): Markup | undefined {
  return choice ? mrkdwn`${bold('Back or forward')}  ${choice.because}` : undefined
}

function wayBackText({ wayBack }: Assessed): Markup {
  switch (wayBack.kind) {
    case 'open':
      return mrkdwn`${bold('Can it go back?')}  yes: ${dotted(mrkdwn`${wayBack.to}, ${wayBack.because}`, ...wayBack.warnings.slice(0, 3).map(warningText))}`
    case 'closed':
      return mrkdwn`${bold('Can it go back?')}  no: ${wayBack.why.join('; ')}`
    case 'unknown':
      return mrkdwn`${bold('Can it go back?')}  not known: ${wayBack.why}`
  }
}

function decideText({ assessment: { decideWithin } }: Assessed): Markup | undefined {
  return decideWithin === null
    ? undefined
    : mrkdwn`${bold('Decide')}  within ${span(decideWithin)} of finding it`
}

const firedRules = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ state, rule }) => (state === 'fired' ? [rule] : []))

function startButton({ service, wayBack, assessment }: Assessed, sign: Sign) {
  if (wayBack.kind === 'closed' || assessment.advice === 'watch') return undefined
  const { severity, advice } = assessment
  const action = {
    kind: 'start-rollback',
    service,
    ...(severity === null ? {} : { detail: severity }),
  } as const
  const isAdvised = advice === 'roll_back' || advice === 'roll_back_canary'
  return button('Start rollback…', action, sign, isAdvised ? { style: 'primary' } : {})
}
