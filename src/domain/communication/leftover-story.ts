import type { LeftBehind, LeftoverEvent } from '#domain/leftover.ts'
import { leftoverCall } from './leftover-words.ts'
import { roleName } from './role-words.ts'
import { person, type Telling, tell } from './telling.ts'

/** What became of what a switch left behind, in the past tense; without its state it has no name. */
export function leftoverStory(event: LeftoverEvent, leftover: LeftBehind | undefined): Telling {
  const name = leftover?.name ?? 'what ran before'
  switch (event.kind) {
    case 'leftover_kept':
      return tell`${name} is kept: ${event.why}`
    case 'leftover_removal_begun':
      return tell`${name} is taken away, as was approved`
    case 'leftover_removed':
      return tell`${name} was scaled to 0, as was approved`
    case 'leftover_left':
      return tell`${event.needs && leftover ? (leftoverCall({ ...leftover, ...event }) ?? '') : `${name} is left as it is: ${event.why}`}`
    case 'leftover_spared':
      return tell`${person(event.by)} as ${roleName(event.as)} keeps ${name}: it is not taken away`
  }
}
