import type { DeliveryId } from '#domain/ids.ts'
import type { Hands } from '#ports/hands.ts'
import type { Membership } from './liveness.ts'

export interface OwnHands extends Hands {
  /** From now on deliveries are taken up, in the name of whoever this process is then. */
  open(present: () => Membership, carryOut: CarryOut): void
  /** None are any more. Resolves when all that were are carried out or given back. */
  close(): Promise<void>
  /** What is being carried out. */
  held(): readonly DeliveryId[]
}

/** Gives back what it cannot carry out; never throws. */
export type CarryOut = (delivery: DeliveryId, here: Membership) => Promise<void>

/** Enough that those who press wait for nobody; few enough that other replicas get what is more. */
const most = 16

/** Nothing can be taken up before they are opened. */
export function ownHands(): OwnHands {
  const busy = new Set<Promise<void>>()
  const held = new Set<DeliveryId>()
  let worker: { readonly present: () => Membership; readonly carryOut: CarryOut } | undefined

  return {
    free() {
      if (!worker || busy.size >= most) return undefined
      const { carryOut } = worker
      const here = worker.present()
      if (here.isOver()) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = () => {
        busy.delete(promise)
        resolve()
      }
      busy.add(promise)
      return {
        name: here.id,
        async take(delivery) {
          held.add(delivery)
          await carryOut(delivery, here)
          held.delete(delivery)
          end()
        },
        letGo: end,
      }
    },
    open(present, carryOut) {
      worker = { present, carryOut }
    },
    async close() {
      worker = undefined
      await Promise.all(busy)
    },
    held: () => [...held],
  }
}
