import { nameOf } from './images.ts'
import type { ComposeChange, Part } from './schema.ts'
import { conditionOf, isServing, nameIn, scaleOf, type Seen } from './seen.ts'

/** What there is to do for a change, by the containers at the moment. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'superseded'; readonly why: string }
  /** All of them anew. */
  | { readonly kind: 'up'; readonly scale: number }
  /** These are taken away, and as many as are missing then are started; the others stay as they are. */
  | { readonly kind: 'replace'; readonly ids: readonly string[]; readonly scale: number }
  /** What was replaced before is not well, or not yet: another one must not be taken away beside it. */
  | { readonly kind: 'not_yet'; readonly why: string; readonly isBroken: boolean }

/**
 * Which containers are taken away for a change of some of them: one that serves nobody first, and none that serves while another of
 * the wanted version is not well. What is missing already – taken away by a process that ended then – is only started.
 */
export function moveForPart(
  { target: { service }, from, to, undoes, reference }: ComposeChange,
  { count, scale, atOnce }: Part,
  seen: Seen,
): Move {
  const own = seen.containers.filter(({ Image }) => Image === to)
  const left = seen.containers.filter(({ Image }) => Image === from)
  const there = scaleOf(seen)
  if (there > scale) return superseded(`${service} has ${there} containers by now, not ${scale}`)
  const wanted = count - own.length
  const isStep = !undoes && atOnce < scale
  if (isStep && wanted > atOnce)
    return superseded(`containers of ${service} were deployed anew meanwhile`)
  const away = Math.max(0, wanted - (scale - there))
  // With none that stays, a process that ended in between would leave nothing at all.
  if (own.length === 0 && away > 0 && away >= left.length) return { kind: 'up', scale }
  const ids = left
    .toSorted((a, b) => Number(isServing(a, seen.now)) - Number(isServing(b, seen.now)))
    .slice(0, away)
    .map(({ Id }) => Id)
  const ill = own.find((one) => conditionOf(one, seen.now).kind !== 'ready')
  if (ill && isStep && ids.length > 0) {
    const condition = conditionOf(ill, seen.now)
    const so = 'why' in condition ? condition.why : `${nameIn(ill)} is not healthy`
    const isBroken = condition.kind === 'broken' || condition.kind === 'stopped'
    const why = `${so}: no further container is replaced by ${nameOf(reference, to)}`
    return { kind: 'not_yet', why, isBroken }
  }
  return { kind: 'replace', ids, scale }
}

const superseded = (why: string): Move => ({ kind: 'superseded', why })
