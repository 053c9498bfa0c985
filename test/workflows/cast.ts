import { deliveryId, type PersonId } from '#domain/ids.ts'
import type { RollbackRequest } from '#domain/rollback/request.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { workflows } from '#workflows/index.ts'
import { seconds } from '#domain/time.ts'
import { people } from '../support/builders.ts'
import type { TestDatabase } from '../support/database.ts'
import type { Scene } from '../support/scripted-world.ts'

const never = new AbortController().signal
let deliveries = 0
export const aDelivery = () => deliveryId(`d-${(deliveries += 1)}`)

/** What people do to one rollback of a scene, and what then stands on the record. */
export async function propose(
  scene: Scene,
  more: Partial<RollbackRequest> = {},
  delivery = aDelivery(),
) {
  const flows = workflows(scene.world)
  const asked = await flows.requestRollback(
    {
      by: people.onCall,
      service: scene.service.id,
      to: undefined,
      reason: 'errors since the deploy',
      reasonKind: 'other',
      severity: undefined,
      since: undefined,
      notBefore: undefined,
      ...more,
    },
    delivery,
  )
  if (asked.kind !== 'requested') throw new Error(`Not requested but ${asked.kind}`)
  const { incident, rollback } = asked
  const { timeline } = scene.world
  const state = async () => {
    const found = rollbackState(await timeline.read(incident), rollback)
    if (!found) throw new Error('The rollback is gone')
    return found
  }
  const click = (by: PersonId) => ({ by, rollback, delivery: aDelivery() })
  return {
    asked,
    flows,
    incident,
    rollback,
    state,
    click,
    history: () => timeline.read(incident),
    kinds: async () => (await timeline.read(incident)).map(({ event }) => event.kind),
    advance: () => flows.advance(incident, never),
    approve: async (by: PersonId = people.onCall, how: { readonly breakGlass?: string } = {}) => {
      const { digest } = await state()
      if (!digest) throw new Error('There is no plan to approve')
      return flows.approve({ ...click(by), digest, ...how })
    },
  }
}

/** Approved, carried out and recovered; the watch has begun. */
export async function recovered(database: Pick<TestDatabase, 'moveClock'>, scene: Scene) {
  const rollback = await propose(scene)
  await rollback.approve()
  await rollback.advance()
  await database.moveClock(seconds(61))
  await rollback.advance()
  return rollback
}
