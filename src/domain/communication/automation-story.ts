import type { AutomationEvent } from '#domain/automation/events.ts'
import type { CountdownEnd, RollbackEvent } from '#domain/rollback/events.ts'
import { between, type Instant } from '#domain/time.ts'
import { roleName } from './role-words.ts'
import { person, quoted, type Telling, tell } from './telling.ts'
import { clock, span } from './words.ts'

type CountdownEvent = Extract<
  RollbackEvent,
  { kind: 'countdown_begun' | 'countdown_stopped' | 'automation_approved' }
>

/** What happens, or would have happened, without anybody pressing anything: with the rule and the figures that it rests on. */
export function automationStory(event: AutomationEvent | CountdownEvent, at: Instant): Telling {
  switch (event.kind) {
    case 'countdown_begun': {
      const { until, fired } = event
      return tell`automation rolls back in ${span(between(at, until))}, unless somebody stops it: ${fired.rule} – ${fired.because} (${fired.source}: ${fired.query})`
    }
    case 'countdown_stopped':
      return event.because === 'paused'
        ? tell`${person(event.by)}${event.as === null ? '' : ` as ${roleName(event.as)}`} stopped the countdown and paused automation: people decide`
        : tell`the countdown was stopped, because ${stopped[event.because]}: people decide`
    case 'automation_approved':
      return tell`decided by automation (${event.rule}), at the level of the ${roleName(event.as)}, ${span(event.elapsedMicros)} after start: nobody stopped it`
    case 'automation_set_up':
      return tell`automation of ${event.service} is ${event.settings.mode}, by ${event.settings.triggers.join(', ')}; countdown ${span(event.settings.countdownMicros)}`
    case 'automation_fired':
      return fired(event)
    case 'automation_carried_out':
      return tell`automation of ${event.service}: ${outcomes[event.outcome]}${event.made ? ` as ${event.made.rollback} in ${event.made.incident}` : ''}${event.why === null ? '' : ` – ${event.why}`}`
    case 'automation_switched':
      return switched(event, at)
  }
}

type Of<Kind extends AutomationEvent['kind']> = Extract<AutomationEvent, { kind: Kind }>

function fired({ service, version, effect, fired: sign, why }: Of<'automation_fired'>): Telling {
  const seen = `${sign.rule} of ${service} (${version}): ${sign.because}`
  switch (effect) {
    case 'countdown':
      return tell`automation acts: ${seen}`
    case 'ask':
      return tell`automation asks people instead of acting, because ${why ?? 'it is not certain'}: ${seen}`
    case 'tell':
      return tell`automation does nothing, because ${why ?? 'it may not'}: ${seen}`
    case 'dry-run':
      return tell`Dry run, nothing was done: ${why ?? 'it would have acted'} – ${seen}`
  }
}

function switched(
  { service, to, until, by, as, reason, isBreaker }: Of<'automation_switched'>,
  at: Instant,
): Telling {
  const who = tell`${person(by)}${as === null ? '' : ` as ${roleName(as)}`}`
  if (to === 'on') return tell`${who} switched automation of ${service} on again: ${quoted(reason)}`
  const end = until === null ? 'until somebody switches it on' : `until ${clock(until, at)}`
  return isBreaker
    ? tell`automation of ${service} switched itself off ${end}: ${reason}`
    : tell`${who} switched automation of ${service} off ${end}: ${quoted(reason)}`
}

const stopped = {
  paused: 'somebody paused automation',
  switched_off: 'automation was switched off',
  recovered: 'what had fired is over',
  two_people: 'two people must decide here',
} as const satisfies Record<CountdownEnd, string>

const outcomes = {
  counting: 'a rollback is counted down',
  proposed: 'a rollback is proposed to people',
  not_done: 'nothing was done',
} as const satisfies Record<Of<'automation_carried_out'>['outcome'], string>
