import type { RollbackState } from '#domain/rollback/state.ts'
import { stillPaused } from '#domain/rollback/sync.ts'
import type { SyncEvent } from '#domain/rollback/sync-events.ts'
import { roleName } from './role-words.ts'
import { person, quoted, type Telling, tell } from './telling.ts'
import type { Instant } from '#domain/time.ts'
import { endedFacts } from './sync-words.ts'
import { list } from './words.ts'

/** What became of the sync that a rollback paused. */
export function syncStory(
  event: SyncEvent,
  rollback: RollbackState | undefined,
  at: Instant,
): Telling {
  switch (event.kind) {
    case 'sync_resume_ordered':
      return event.as === null
        ? tell`the sync goes on: ${event.reason}`
        : tell`${person(event.by)} as ${roleName(event.as)} ordered the sync to go on: ${quoted(event.reason)}`
    case 'sync_resumed':
      return tell`${syncEnds[event.because]}${pausedNames(rollback, event.pause)}`
    case 'sync_ended': {
      const paused = rollback?.sync?.paused[event.pause]
      return paused && rollback
        ? tell`${endedFacts({ ...paused, ended: event.seen }, rollback, at)}`
        : tell`the sync was let go on elsewhere${pausedNames(rollback)}`
    }
    case 'sync_reminded':
      return tell`the sync is still paused${pausedNames(rollback)}: ${event.why}`
    case 'sync_failed':
      return tell`the sync could not be let go on${pausedNames(rollback)}: ${event.why}${event.isFinal ? '' : ' – still trying'}`
  }
}

const syncEnds = {
  person: 'the sync goes on',
  expired: 'the sync goes on',
  undone: 'the sync goes on with the version that it brought',
  elsewhere: 'the sync was let go on elsewhere',
} as const
/** ` (Argo CD: Application argocd/shop)`. */
function pausedNames(rollback: RollbackState | undefined, only?: number): string {
  const { sync, plan } = rollback ?? {}
  const all = sync?.paused ?? plan?.pauses ?? []
  const left = sync ? stillPaused(sync) : []
  const asked = left.length > 0 ? left : all
  const told = only === undefined ? asked : all.slice(only, only + 1)
  const names = told.map(({ tool, name }) => `${tool}: ${name}`)
  return names.length > 0 ? ` (${list(names)})` : ''
}
