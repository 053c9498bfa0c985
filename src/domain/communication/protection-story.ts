import type { IncidentState } from '#domain/incident/state.ts'
import { othersOf } from '#domain/rollback/freeze.ts'
import type { FreezeEvent, OtherFreeze } from '#domain/rollback/freeze-events.ts'
import type { HoldEvent } from '#domain/rollback/hold-events.ts'
import type { HeldBy } from '#domain/rollback/hold.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { frozenNames, frozenWith, otherFreezeWords } from './freeze-words.ts'
import { imagesText } from './hold-words.ts'
import { roleName } from './role-words.ts'
import { person, quoted, type Telling, tell } from './telling.ts'
import { clock, list } from './words.ts'

/** What keeps a rollback from being undone by the next deploy: its version held, and deploys frozen meanwhile. */
export function protectionStory(
  event: HoldEvent | FreezeEvent,
  at: Instant,
  {
    rollback,
    incident,
  }: {
    readonly incident: Pick<IncidentState, 'service'>
    readonly rollback: RollbackState | undefined
  },
): Telling {
  switch (event.kind) {
    case 'hold_placed':
      return tell`${event.name} held: it counts as bad until someone lifts the hold`
    case 'hold_lifted':
      return tell`hold lifted by ${person(event.by)} as ${roleName(event.as)}: ${quoted(event.reason)}`
    case 'hold_begun':
      return tell`asking the cluster to refuse ${rollback?.hold?.name ?? 'the held version'}`
    case 'hold_enforced':
      return tell`${refusedBy(rollback?.hold?.name ?? 'the held version', event.by)}`
    case 'hold_released':
      return tell`${rollback?.hold?.name ?? 'the version'} is refused no longer: it may be deployed again`
    case 'hold_failed':
      return tell`${failedHolds[event.doing]}: ${event.why}${event.isFinal ? '' : ' – still trying'}`
    case 'freeze_widened':
      return tell`${person(event.by)} as ${roleName(event.as)} widened the freeze of deploys to ${list(event.services)}: ${quoted(event.reason)}`
    case 'version_pinned':
      return tell`${person(event.by)} as ${roleName(event.as)} pinned what runs of ${rollback?.service ?? incident.service} until ${clock(event.until, at)}: ${quoted(event.reason)}`
    case 'freeze_begun':
      return tell`freezing deploys of ${rollback ? frozenNames(rollback) : incident.service} until ${clock(event.until, at)}`
    case 'freeze_raised':
      return tell`deploys of ${list([rollback ? frozenNames(rollback) : incident.service, ...(event.isWide ? (rollback?.freeze.wider?.services ?? []) : [])])} frozen until ${clock(event.until, at)}`
    case 'freeze_lift_authorised':
      return tell`${person(event.by)} as ${roleName(event.as)} ordered the freeze of deploys lifted: ${quoted(event.reason)}`
    case 'freeze_lifted':
      if (event.because !== 'taken_over') {
        const others = othersOf(event, rollback?.service ?? incident.service)
        if (others.length > 0) return stillRefused(event.because, others, at, rollback)
      }
      return tell`${thaws[event.because]}${event.because === 'taken_over' && rollback?.freeze.wider ? tell`; those of ${list(rollback.freeze.wider.services)} are open again` : ''}`
    case 'freeze_failed':
      return tell`${failedFreezes[event.doing]}: ${event.why}${event.isFinal ? '' : ' – still trying'}`
  }
}

/** Where freezes of others stand beside one that ends, the services are told apart. */
function stillRefused(
  because: keyof typeof ends,
  others: readonly OtherFreeze[],
  at: Instant,
  rollback: RollbackState | undefined,
): Telling {
  const named = rollback
    ? [...frozenWith(rollback), ...(rollback.freeze.wider?.services ?? [])]
    : []
  const open = named.filter((name) => !others.some(({ service }) => service === name))
  const opened = open.length > 0 ? `: deploys of ${list(open)} are open again` : ''
  return tell`${ends[because]}${opened}; ${otherFreezeWords(others, at, 'refuses')}`
}

const ends = {
  person: 'this freeze of deploys is lifted',
  ended: 'freeze of deploys ended with the rollback',
  expired: 'freeze of deploys ended, its time is over',
} as const
const thaws = {
  person: 'deploys are open again',
  ended: `${ends.ended}: deploys are open again`,
  expired: `${ends.expired}: deploys are open again`,
  taken_over: 'the later rollback keeps deploys frozen from here on',
} as const
const failedFreezes = {
  raise: 'deploys are not frozen',
  lift: 'the freeze of deploys could not be lifted',
} as const
/** `deploys of v2.3.0 are refused, by shop/checkout:2.3.0`. */
const refusedBy = (name: string, by: HeldBy): string =>
  by.kind === 'image'
    ? `deploys of ${name} are refused from here on, wherever they name ${imagesText(by.images)}`
    : `deploys of ${name} are refused from here on, as it was configured`
const failedHolds = {
  enforce: 'the cluster does not refuse the held version',
  release: 'the cluster still refuses the version',
} as const
