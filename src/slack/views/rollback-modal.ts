import type { ExternalSelect, KnownBlock, ModalView } from '@slack/types'
import { localClock } from '#domain/communication/begins-words.ts'
import { coarse, list } from '#domain/communication/words.ts'
import type { ServiceId } from '#domain/ids.ts'
import { type Severity, severities } from '#domain/incident/severity.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { manualReasons } from '#domain/rollback/request.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { Opening } from '#domain/schedule/change-windows.ts'
import type { Instant } from '#domain/time.ts'
import { context, plain, section, sectionIf } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, mostOptions, select, textInput } from './inputs.ts'
import { bold, lines, mrkdwn } from './markup.ts'
import { differenceText, watchOut } from './plan-words.ts'
import { imageChanges, immutable, named } from './versions.ts'

export interface RollbackModalInput {
  readonly services: readonly { readonly id: ServiceId; readonly environment: string }[]
  readonly service: ServiceId | undefined
  readonly running: Revision | undefined
  readonly candidates: readonly Candidate[]
  /** Of the chosen target, once it is known. */
  readonly plan: Plan | undefined
  readonly to: string | undefined
  readonly reason: string | undefined
  readonly severity: Severity | undefined
  /** The next change window of the chosen service, where it has any. */
  readonly window?: { readonly opening: Opening; readonly zone: string } | undefined
  /** Wait for that window. */
  readonly waits?: boolean
  /** Names of the flags of the chosen service, where it has any. */
  readonly flags?: readonly string[] | undefined
  /** They are switched off first, whichever way is taken. */
  readonly isCombined?: boolean
  /** Why there is nothing to choose from, in a sentence. */
  readonly problem: string | undefined
  readonly now: Instant
  readonly metadata: string
}

/** The value that waits for a change window. */
export const nextWindow = 'next-window'
const asap = 'as-soon-as-approved'

/** The value that switches flags off before anything else. */
export const flagsFirst = 'flags-first'
const oneWay = 'one-way'

/** The value that leaves the choice to the record: the last version verified good. */
export const lastGood = 'last-good'

/** `/rollback` without a service. Choosing one redraws the rest; nothing is asked for before it is submitted. */
export function rollbackModal(given: RollbackModalInput): ModalView {
  const { service, running, problem, plan } = given
  return fitModal(
    modal(
      'Roll back',
      [
        input(inputs.service, services(given), { label: 'Service', redraw: true }),
        ...(problem === undefined ? [] : [section(mrkdwn`${problem}`)]),
        ...(running ? [context(mrkdwn`now running ${named(running)}`)] : []),
        ...(service === undefined ? [] : [target(given)]),
        ...(plan ? difference(plan) : []),
        ...(given.flags ? [flags(given.flags, given.isCombined)] : []),
        ...(given.window ? [when(given.window, given)] : []),
        input(inputs.reasonKind, reasons(), { label: 'Reason' }),
        input(inputs.reason, textInput(inputs.reason, { most: 500, initial: given.reason }), {
          label: 'What do you see?',
          hint: 'In your own words. Everybody who decides reads it.',
        }),
        input(inputs.severity, severity(given.severity), {
          label: 'Severity',
          optional: true,
          hint: 'Left empty: critical for a critical service, and for security, data corruption or a critical function; else high.',
        }),
      ],
      { submit: 'Propose', callback: callbacks.rollback, metadata: given.metadata },
    ),
  )
}

/** Slack lists 100 names; with more services it asks us while somebody types. */
function services({ services: all, service }: RollbackModalInput) {
  const options = all.map(({ id, environment }) => ({ value: id, text: id, about: environment }))
  if (all.length > mostOptions) return searched(service)
  return select(inputs.service, options, service, 'Type to search')
}

const searched = (service: ServiceId | undefined): ExternalSelect => ({
  type: 'external_select',
  action_id: inputs.service,
  min_query_length: 1,
  placeholder: plain('Type to search', 150),
  ...(service === undefined
    ? {}
    : { initial_option: { text: plain(service, 75), value: service } }),
})

function target({ candidates, running, to, now }: RollbackModalInput) {
  const usable = candidates.filter(
    ({ missing, revision }) => missing === undefined && revision.id !== running?.id,
  )
  const options = usable.map((candidate) => ({
    value: candidate.revision.id,
    text: `${candidate.revision.name} · ${immutable(candidate.revision)}`,
    about: known(candidate, now),
  }))
  return input(
    inputs.target,
    select(
      inputs.target,
      [
        {
          value: lastGood,
          text: 'The last version verified good',
          about: 'never simply the previous one',
        },
        ...options,
      ],
      to ?? lastGood,
      'Choose a version',
    ),
    { label: 'Go back to', redraw: true },
  )
}

function known({ standing, revision }: Candidate, now: Instant): string {
  const age = `from ${coarse(now - revision.since)} ago`
  switch (standing.kind) {
    case 'verified':
      return `verified good, ${age}`
    case 'served':
      return `served for ${coarse(standing.forMicros)}, ${age}`
    case 'given':
      return standing.because
    case 'unproven':
      return `not known to have worked, ${age}`
    case 'bad':
      return `marked bad, ${age}`
  }
}

const mostShown = 10

function difference(plan: Plan): readonly KnownBlock[] {
  const caution = watchOut(plan)
  const others = plan.differences.filter(({ what }) => what !== 'image')
  return sectionIf(
    lines(
      mrkdwn`${bold('What would change')}  ${plan.from.name} → ${plan.to.name}`,
      imageChanges(plan.from, plan.to),
      ...others.slice(0, mostShown).map((item) => mrkdwn`• ${differenceText(item)}`),
      others.length > mostShown ? mrkdwn`and ${others.length - mostShown} more` : undefined,
      caution && mrkdwn`${bold('⚠ Watch out')}  ${caution}`,
    ),
  )
}

const reasons = () =>
  select(
    inputs.reasonKind,
    Object.entries(manualReasons).map(([value, text]) => ({ value, text })),
    undefined,
    'Choose a reason',
  )

function when(
  { opening: { at, until, isOpen }, zone }: NonNullable<RollbackModalInput['window']>,
  { waits, now }: RollbackModalInput,
) {
  const time = (moment: Instant) => localClock(moment, now, zone)
  const inWindow = isOpen
    ? {
        text: 'Only while the change window is open',
        about: until === undefined ? 'it stays open' : `until ${time(until)}`,
      }
    : { text: 'In the next change window', about: time(at) }
  const options = [
    { value: asap, text: 'As soon as it is approved' },
    { value: nextWindow, ...inWindow },
  ]
  return input(inputs.when, select(inputs.when, options, waits ? nextWindow : asap, 'Choose'), {
    label: 'When',
  })
}

const flags = (names: readonly string[], isCombined = false) =>
  input(
    inputs.flags,
    select(
      inputs.flags,
      [
        {
          value: oneWay,
          text: 'Only if that is the way taken',
          about: 'the plan says which it is',
        },
        {
          value: flagsFirst,
          text: 'Off first, then the version goes back',
          about: list(names),
        },
      ],
      isCombined ? flagsFirst : oneWay,
      'Choose',
    ),
    { label: 'Feature flags', redraw: true },
  )

const severity = (chosen: Severity | undefined) =>
  select(
    inputs.severity,
    severities.toReversed().map((value) => ({ value, text: value })),
    chosen,
    'By the service’s tier and the reason',
  )
