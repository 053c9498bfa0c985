import type { Finding } from '#domain/assessment/finding.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import { statementText } from '#domain/assessment/statement-words.ts'
import { adviceText } from '#domain/assessment/verdict-words.ts'
import { clock, count, list, span } from '#domain/communication/words.ts'
import { actions, button, context, message, section, sectionIf } from './blocks.ts'
import { bold, dotted, lines, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { Message, Sign } from './message.ts'
import { canaryText } from './assessment-canary.ts'
import { isQuietAside, quietText, writtenText } from './assessment-instances.ts'
import { warningText } from './plan-words.ts'

/** How bad it is and what to do: the verdict first, then every number behind it, and what would change it. */
export function assessmentCard(state: AssessmentState, sign: Sign): Message {
  const { service, latest, noIncident } = state
  const { measured, found } = latest
  const { advice, severity, because, confidence, origin, findings, wouldChange } = found
  const loud = severity === null || advice === 'watch' ? undefined : bold(severity.toUpperCase())
  const verdict = dotted(
    mrkdwn`${bold(adviceText(advice, service))} – ${confidence.level} (${confidence.answered} of ${confidence.asked} signals)`,
    loud,
  )
  const first = noIncident ? mrkdwn`${bold(service)} is not an incident` : verdict
  const rules = firedRules(findings)
  return message(
    first,
    section(
      lines(
        ...(noIncident
          ? [first, mrkdwn`says ${person(noIncident.by)}: ${quoted(noIncident.reason)}`]
          : []),
        verdict,
        mrkdwn`because ${because}`,
        originText(state, origin.because),
      ),
    ),
    sectionIf(
      lines(
        ...others(findings, because).slice(0, mostFindings).map(findingLine),
        quietText(findings),
      ),
    ),
    sectionIf(writtenText(measured.written ?? [], mostWritten)),
    sectionIf(canaryText(state)),
    sectionIf(saidText(state)),
    sectionIf(
      lines(
        neighboursText(state),
        changedText(state),
        forwardText(state),
        wayBackText(state),
        decideText(state),
        wouldChange.length > 0
          ? mrkdwn`${bold('What would change this')}  ${wouldChange.slice(0, 4).join(' · ')}`
          : undefined,
      ),
    ),
    context(
      dotted(
        mrkdwn`as of ${clock(measured.circumstances.now)}`,
        rules.length > 0 ? mrkdwn`rules ${rules.join(', ')}` : mrkdwn`no rule fired`,
        watchText(state),
      ),
    ),
    ...actions(...buttonsOf(state, sign)),
  )
}

/** More than these are not read at three in the morning; `--why` lists them all. */
const mostFindings = 8
const mostWritten = 3

/** The one that decided is told already, and the canary has lines of its own. */
const others = (findings: readonly Finding[], told: string): readonly Finding[] =>
  findings.filter(
    (finding) =>
      !told.includes(finding.because) && finding.signal !== 'canary' && !isQuietAside(finding),
  )

export const marks = { fired: '✗', sign: '⚠', unknown: '?', quiet: '✓' } as const

const findingLine = ({ state, because }: Finding): Markup => mrkdwn`${marks[state]} ${because}`

function originText({ latest }: AssessmentState, because: string): Markup | undefined {
  const { deployed, now } = latest.measured.circumstances
  const { advice } = latest.found
  if (advice === 'watch' || advice === 'inconclusive')
    return deployed
      ? mrkdwn`${deployed.version} runs since ${clock(deployed.at, now)}`
      : mrkdwn`what runs could not be seen`
  // Said already in the reason.
  return advice === 'look_elsewhere' ? undefined : mrkdwn`${because}`
}

/** Who said what. What counts as an impact decides like a figure; the rest says what can be done. */
function saidText({ latest: { statements, measured } }: AssessmentState): Markup | undefined {
  const { now } = measured.circumstances
  return statements.length === 0
    ? undefined
    : lines(
        mrkdwn`${bold('What people said')}`,
        ...statements
          .slice(-8)
          .map(
            (said) => mrkdwn`• ${statementText(said)} – ${person(said.by)}, ${clock(said.at, now)}`,
          ),
      )
}

function neighboursText({ latest }: AssessmentState): Markup | undefined {
  const { dependencies } = latest.measured.circumstances
  const of = (state: string, asAlways?: true) =>
    dependencies.flatMap((one) =>
      one.state === state && one.asAlways === asAlways ? [one.service] : [],
    )
  const always = of('sick', true)
  const parts = [
    of('sick').length > 0 ? mrkdwn`sick as well: ${list(of('sick'))}` : undefined,
    always.length > 0 ? mrkdwn`as sick as an hour ago: ${list(always)}` : undefined,
    of('healthy').length > 0 ? mrkdwn`healthy: ${list(of('healthy'))}` : undefined,
    of('unknown').length > 0 ? mrkdwn`not known: ${list(of('unknown'))}` : undefined,
  ]
  return dependencies.length === 0
    ? undefined
    : mrkdwn`${bold('What it depends on')}  ${dotted(...parts)}`
}

function changedText({ latest }: AssessmentState): Markup | undefined {
  const { now, alsoChanged = [] } = latest.measured.circumstances
  const parts = alsoChanged
    .slice(0, 4)
    .map(({ service, version, at }) => mrkdwn`${service} ${version} at ${clock(at, now)}`)
  const more = alsoChanged.length - parts.length
  return parts.length === 0
    ? undefined
    : mrkdwn`${bold('Also went out within the hour')}  ${dotted(...parts, more > 0 ? mrkdwn`and ${more} more` : undefined)}`
}

function forwardText({ latest: { found } }: AssessmentState): Markup | undefined {
  return found.choice ? mrkdwn`${bold('Back or forward')}  ${found.choice.because}` : undefined
}

function wayBackText({ latest: { found, measured } }: AssessmentState): Markup {
  const { wayBack } = measured
  if (found.advice === 'roll_back_canary')
    return mrkdwn`${bold('How')}  take it away where it was shipped: nothing does so from here yet, and a rollback would take back what runs beside it, which is well`
  switch (wayBack.kind) {
    case 'open':
      return mrkdwn`${bold('Can it go back?')}  yes: ${dotted(mrkdwn`${wayBack.to}, ${wayBack.because}`, ...wayBack.warnings.slice(0, 3).map(warningText))}`
    case 'closed':
      return mrkdwn`${bold('Can it go back?')}  no: ${wayBack.why.join('; ')}`
    case 'unknown':
      return mrkdwn`${bold('Can it go back?')}  not known: ${wayBack.why}`
  }
}

function decideText({ latest: { found } }: AssessmentState): Markup | undefined {
  return found.decideWithin === null
    ? undefined
    : mrkdwn`${bold('Decide')}  within ${span(found.decideWithin)} of finding it`
}

function watchText({ watch, latest }: AssessmentState): Markup | undefined {
  const { now } = latest.measured.circumstances
  return (
    watch &&
    mrkdwn`watched until ${clock(watch.until, now)}, ${count(watch.looks, 'look')} so far, for ${person(watch.by)}`
  )
}

const firedRules = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ state, rule }) => (state === 'fired' ? [rule] : []))

function buttonsOf(state: AssessmentState, sign: Sign) {
  const { id: assessment, watch, noIncident, ownerAsked } = state
  return [
    startButton(state, sign),
    watch
      ? button('Stop watching', { kind: 'stop-watching', assessment }, sign)
      : noIncident
        ? undefined
        : button('Watch for 15 min', { kind: 'watch-service', assessment }, sign),
    button('Add impact…', { kind: 'add-impact', assessment }, sign),
    ownerAsked || noIncident
      ? undefined
      : button('Ask the owner', { kind: 'ask-owner', assessment }, sign),
    noIncident ? undefined : button('Not an incident…', { kind: 'no-incident', assessment }, sign),
  ]
}

function startButton(
  { service, latest: { found, measured }, noIncident }: AssessmentState,
  sign: Sign,
) {
  const { severity, advice } = found
  if (measured.wayBack.kind === 'closed' || advice === 'watch') return undefined
  // It would take back what runs beside the canary.
  if (advice === 'roll_back_canary') return undefined
  const action = {
    kind: 'start-rollback',
    service,
    ...(severity === null ? {} : { detail: severity }),
  } as const
  const isAdvised = !noIncident && advice === 'roll_back'
  return button('Start rollback…', action, sign, isAdvised ? { style: 'primary' } : {})
}
