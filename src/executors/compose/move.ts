import { shortImage } from './images.ts'
import { type Move, moveForPart } from './move-part.ts'
import type { ComposeChange } from './schema.ts'
import { scaleOf, type Seen } from './seen.ts'

/**
 * Compose knows no token by which a change could be told from another. A change is made when as many containers as it wants have the
 * image; one that our record has seen running since was made and then overtaken by somebody's deploy, which stays.
 */
export function moveFor(change: ComposeChange, seen: Seen | undefined, ranSince: boolean): Move {
  const { target, from, to, undoes, part } = change
  if (!seen) return superseded(`${target.service} is gone`)
  const others = seen.containers.filter(({ Image }) => Image !== from && Image !== to)
  if (isMade(change, seen)) return { kind: 'nothing' }
  // Broken off half way, or by us under another process: what is left is finished.
  if (others.length === 0)
    return part ? moveForPart(change, part, seen) : { kind: 'up', scale: scaleOf(seen) }
  if (!undoes && ranSince) return { kind: 'nothing' }
  return superseded(`${shortImage(seen.asked)} was deployed to ${target.service} meanwhile`)
}

export function isMade({ from, to, part }: ComposeChange, seen: Seen | undefined): boolean {
  if (!seen) return false
  if (!part) return seen.asked === to && !seen.isMixed
  const own = seen.containers.filter(({ Image }) => Image === to)
  return own.length >= part.count && (seen.asked === to || seen.asked === from)
}

const superseded = (why: string): Move => ({ kind: 'superseded', why })
