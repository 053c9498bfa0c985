import type { DeliveryId, PersonId } from '#domain/ids.ts'
import { between, type Instant, minutes } from '#domain/time.ts'

/** Nobody is left without a word for longer than this while they go on asking. */
const silence = minutes(1)
/** More people than ask too often at the same time. */
const most = 1_000

interface Told {
  readonly at: Instant
  readonly delivery: DeliveryId
}

/** Whether it is time to tell somebody, by this process; whoever is told it is, is told. Asked again for one delivery, it is still time. */
export function toldLately(): (person: PersonId, at: Instant, delivery: DeliveryId) => boolean {
  const last = new Map<PersonId, Told>()
  return (person, at, delivery) => {
    const before = last.get(person)
    if (before?.delivery === delivery) return true
    if (before !== undefined && between(before.at, at) < silence) return false
    // Noted before it is said: several of one person's requests are worked on at once.
    last.delete(person)
    last.set(person, { at, delivery })
    const [oldest] = last.keys()
    if (last.size > most && oldest !== undefined) last.delete(oldest)
    return true
  }
}
