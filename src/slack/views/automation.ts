import { type AutomationState, hasFired, isOff } from '#domain/automation/state.ts'
import { clock, span } from '#domain/communication/words.ts'
import { roleName } from '#domain/communication/role-words.ts'
import type { Recorded } from '#domain/incident/events.ts'
import type { PersonId, RevisionId, ServiceId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import { message, section, sectionIf } from './blocks.ts'
import { eventText } from './event-words.ts'
import { bold, code, joined, lines, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { Message } from './message.ts'

/** `on: rolls back by itself 30 s after error-rate or alert fires`, or until when it is off, by whom and why. */
export function automationText({ settings, off, ...state }: AutomationState, now: Instant): Markup {
  const { mode, triggers, countdownMicros } = settings
  if (mode === 'off') return mrkdwn`off, as configured`
  if (off && isOff({ off }, now)) {
    const end =
      off.until === null ? 'until somebody switches it on' : `until ${clock(off.until, now)}`
    const who = off.isBreaker
      ? mrkdwn`by itself`
      : mrkdwn`by ${person(off.by)}${off.as === null ? '' : ` as ${roleName(off.as)}`}`
    return mrkdwn`switched off ${end}, ${who}: ${quoted(off.reason)}`
  }
  const last = state.firings.at(-1)
  const when = triggers.join(', ')
  const does =
    mode === 'dry-run'
      ? `dry run: says what it would do when one of these fires, and does nothing: ${when}`
      : `on: rolls back ${span(countdownMicros)} after one of these fires, unless somebody stops it: ${when}`
  return last
    ? mrkdwn`${does}. It last fired at ${clock(last.at, now)}, for ${last.event.version}`
    : mrkdwn`${does}`
}

/** The same on a card that people decide on, about the version that they decide on. */
export function automationLine(
  state: AutomationState | undefined,
  version: RevisionId,
  now: Instant,
): Markup | undefined {
  if (!state) return undefined
  const { mode } = state.settings
  const says =
    mode === 'off' || isOff(state, now)
      ? automationText(state, now)
      : mode === 'dry-run'
        ? mrkdwn`dry run, nothing is done by itself`
        : hasFired(state, version, 'countdown')
          ? mrkdwn`on, but it was counted down for this version once: people decide`
          : mrkdwn`on: what becomes certain meanwhile is counted down on this card`
  return mrkdwn`${bold('Automation')}  ${says}`
}

/** What may happen to a service by itself, and how that is changed. */
export function automationAnswer(
  service: ServiceId,
  state: AutomationState | undefined,
  now: Instant,
  command: string,
): Message {
  if (!state) {
    const none = mrkdwn`Nothing is done to ${bold(service)} by itself: no automation is configured for it.`
    return message(none, section(none))
  }
  const first = mrkdwn`Automation of ${bold(service)} is ${automationText(state, now)}.`
  const change =
    state.settings.mode === 'off'
      ? undefined
      : isOff(state, now)
        ? mrkdwn`To switch it on again: ${code(`${command} automation on ${service} --reason …`)}`
        : mrkdwn`To switch it off: ${code(`${command} automation off ${service} --until 2h --reason …`)}`
  return message(lines(first, change), section(first), sectionIf(change))
}

/** In the channel of the service, where no incident tells it. */
export function automationNotice(recorded: Recorded, people: readonly PersonId[]): Message {
  const said = eventText(recorded, {
    incident: { service: serviceOf(recorded) },
    rollback: undefined,
  })
  const called =
    people.length > 0 ? mrkdwn`${joined(people.slice(0, 15).map(person), ' ')} ` : mrkdwn``
  const text = mrkdwn`${called}${said}`
  return message(text, section(text))
}

const serviceOf = ({ event }: Recorded): ServiceId => {
  if (!('automation' in event)) throw new RangeError(`${event.kind} is not of automation`)
  return event.service
}
