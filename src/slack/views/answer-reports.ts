import type { Answer } from '#domain/communication/answer.ts'
import { figuresText } from '#domain/communication/figures.ts'
import { durationsText } from '#domain/communication/kpis.ts'
import { beginsText } from '#domain/communication/begins-words.ts'
import { standing } from '#domain/communication/standing.ts'
import { ago, clock, span } from '#domain/communication/words.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { type Instant, isoMicros } from '#domain/time.ts'
import { canaryLine } from './promotion.ts'
import { automationText } from './automation.ts'
import { context, message, section, sectionIf } from './blocks.ts'
import { candidatesText } from './candidates.ts'
import { spoken } from './card-parts.ts'
import { bold, channel, code, dotted, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Message } from './message.ts'
import { alsoUndoes, watchOut, whatChanges } from './plan-words.ts'
import { waysText } from './way-words.ts'
import { named, runningSince, shipped } from './versions.ts'
import { whoText } from './who-words.ts'

export function previewAnswer(
  preview: Extract<Answer, { kind: 'preview' }>,
  now: Instant,
  command: string,
): Message {
  const { plan, digest, who, begins, candidates } = preview
  const first = mrkdwn`Dry run, nothing was done: ${bold(plan.service)} in ${plan.environment} would go from ${plan.from.name} to ${plan.to.name}.`
  const caution = watchOut(plan)
  return message(
    first,
    section(first),
    section(
      lines(
        mrkdwn`${bold('From → to')}  ${named(plan.from)} → ${named(plan.to)} (${plan.chosenBecause})`,
        mrkdwn`${bold('What changes')}  ${whatChanges(plan)}`,
        mrkdwn`${bold('Also undoes')}  ${alsoUndoes(plan)}`,
        mrkdwn`${bold('How')}  ${plan.how} · about ${span(plan.expectedMicros)} (budget ${span(plan.budgetMicros)})`,
        waysText(plan),
        begins && mrkdwn`${bold('When')}  ${beginsText(begins, now, 'at_once')}`,
        mrkdwn`${bold('Steps')}  ${plan.steps.map(({ name }, index) => `${index + 1}. ${name}`).join(' · ')}`,
        caution && mrkdwn`${bold('⚠ Watch out')}  ${caution}`,
        mrkdwn`${bold('Who decides')}  ${whoText(who, now, 'at_once')}`,
      ),
    ),
    sectionIf(candidatesText(candidates, { running: plan.from.id, stands: standsWith(plan) }, now)),
    context(
      dotted(
        mrkdwn`plan ${spoken(digest)}`,
        mrkdwn`to ask for it: ${code([command, plan.service, ...flagsOf(preview)].join(' '))}`,
      ),
    ),
  )
}

/** What Flagger has in hand was asked for, and does not run for everybody yet, or for nobody. */
function standsWith({ warnings }: Plan): string | undefined {
  const flagger = warnings.find(({ kind }) => kind === 'flagger_phase')
  if (flagger?.kind !== 'flagger_phase') return undefined
  const { phase, share } = flagger
  const takes = share > 0 ? `takes ${share} %` : 'takes nothing yet'
  switch (phase) {
    case 'Waiting':
    case 'WaitingPromotion':
      return `waits at Flagger’s gate, ${takes}`
    case 'Progressing':
      return `tried by Flagger, ${takes}`
    case 'Promoting':
    case 'Finalising':
      return 'being promoted by Flagger'
    default:
      return undefined
  }
}

/** As they are typed: the same flags come to the same plan. */
function flagsOf({ request, begins }: Extract<Answer, { kind: 'preview' }>): readonly string[] {
  const { to } = request
  return [
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...wishes(request),
    ...(begins === undefined
      ? []
      : [`--at ${begins.window ? 'next window' : minuteOf(begins.at)}`]),
  ]
}

export const wishes = ({
  severity,
  since,
}: Pick<
  Extract<Answer, { kind: 'preview' }>['request'],
  'severity' | 'since'
>): readonly string[] => [
  ...(severity === undefined ? [] : [`--severity ${severity}`]),
  ...(since === undefined ? [] : [`--since ${minuteOf(since)}`]),
]

const minuteOf = (at: Instant): string => `${isoMicros(at).slice(0, 16)}Z`

export function statusAnswer(
  {
    service,
    running,
    serves,
    unreachable,
    automation,
    promotion,
    open,
    last,
  }: Extract<Answer, { kind: 'status' }>,
  now: Instant,
  command: string,
): Message {
  const first =
    running === undefined
      ? mrkdwn`${bold(service)}: I cannot see what runs${unreachable === undefined ? '' : ` (${unreachable})`}.`
      : mrkdwn`${runsText(service, running, serves, now)}${shipped(running, ', ')}.`
  const incidents = open
    .slice(0, 5)
    .map(({ incident, state, rollbacks }) =>
      lines(
        mrkdwn`${bold(state.severity.toUpperCase())} ${incident} · started ${ago(state.startedAt, now)} · ${figuresText(state)}${measuredWhen(state, now)}${state.channel ? mrkdwn` · ${channel(state.channel.id)}` : mrkdwn``}`,
        ...rollbacks.slice(-3).map((rollback) => rollbackLine(rollback, now)),
      ),
    )
  return message(
    first,
    section(first),
    sectionIf(automation && mrkdwn`${bold('Automation')}  ${automationText(automation, now)}`),
    sectionIf(promotion && canaryLine(promotion, now)),
    incidents.length > 0
      ? incidents.map((text) => section(text))
      : [
          section(
            lines(
              mrkdwn`No incident is open. To roll back: ${code(`${command} ${service}`)}`,
              ...(last ? lastText(last, now) : []),
            ),
          ),
        ],
  )
}

/** A status is asked for minutes later, when the figures may have changed: they are those of the time they were measured. */
const measuredWhen = ({ figures, measuredAt }: IncidentState, now: Instant): string =>
  figures.length > 0 && measuredAt !== undefined ? `, measured ${ago(measuredAt, now)}` : ''

/** The last incident in figures (policy §9). */
const lastText = (
  { incident, state, durations }: NonNullable<Extract<Answer, { kind: 'status' }>['last']>,
  now: Instant,
): readonly Markup[] => [
  mrkdwn`${bold('Last incident')}  ${incident} · ${state.severity} · began ${ago(state.startedAt, now)}${state.channel ? mrkdwn` · ${channel(state.channel.id)}` : mrkdwn``}`,
  ...durations.slice(-3).map((one) => mrkdwn`• ${durationsText(one)}`),
]

const rollbackLine = (rollback: RollbackState, now: Instant): Markup =>
  mrkdwn`• rollback ${rollback.plan ? `${rollback.plan.from.name} → ${rollback.plan.to.name}` : `to ${rollback.wanted ?? 'the last good version'}`}: ${standing(rollback)}${rollback.countdown ? '' : ` since ${clock(rollback.since, now)}`}, asked for by ${person(rollback.requestedBy)}${frozenText(rollback, now)}`

const frozenText = ({ freeze }: RollbackState, now: Instant): string =>
  isFrozen(freeze) && freeze.raised
    ? `, deploys frozen until ${clock(freeze.raised.until, now)}`
    : ''

export function historyAnswer(
  { service, running, serves, candidates }: Extract<Answer, { kind: 'history' }>,
  now: Instant,
  command: string,
): Message {
  const first = mrkdwn`${runsText(service, running, serves, now)}.`
  return message(
    first,
    section(first),
    sectionIf(
      candidatesText(candidates, { running: running.id, serves }, now) ??
        mrkdwn`No earlier version is known.`,
    ),
    context(mrkdwn`to go back to one: ${code(`${command} ${service} --to <version>`)}`),
  )
}

/** What is on its way by Flagger does not serve everybody yet, or nobody. */
const runsText = (
  service: ServiceId,
  running: Revision,
  serves: string | undefined,
  now: Instant,
): Markup =>
  serves === undefined
    ? mrkdwn`${bold(service)} runs ${named(running)}, ${runningSince(running, now)}`
    : mrkdwn`${bold(service)} is served by ${serves}; ${named(running)} is on its way, ${runningSince(running, now)}`
