import type { DeliveryId, PersonId } from '#domain/ids.ts'

/** What this process can take up itself as soon as it is written down, without the way through the queue. */
export interface Hands {
  /**
   * A hand for one delivery; `undefined` where all are full, or none works: then it is queued. Whoever has one in a hand gets another
   * one however full they are: what they sent later is begun later.
   */
  free(person?: PersonId): Hand | undefined
}

/** To be used once: whoever has it takes something up with it, or lets go of it. */
export interface Hand {
  /** Written down with what is taken up: others take it over when whoever is called so is gone. */
  readonly name: string
  /** Resolves when it is carried out, or given back to the queue; never rejects. */
  take(delivery: DeliveryId): Promise<void>
  letGo(): void
}
