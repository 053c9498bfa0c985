import type { PersonId } from '#domain/ids.ts'
import type { GateItem } from '#domain/promotion/items.ts'
import { type PromotionSettings, usualPromotion } from '#domain/promotion/settings.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { minutes } from '#domain/time.ts'
import { testReports } from '#postgres/test-reports.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../../support/builders.ts'
import type { TestDatabase } from '../../support/database.ts'
import { aCanaryPlatform, withCanary } from '../../support/scripted-canary.ts'
import { aScene } from '../../support/scripted-world.ts'
import { aDelivery } from '../cast.ts'

export const never = new AbortController().signal
const arms = { canary: 'track="canary"', baseline: 'track="stable"' }
export const counted = { arms, requests: 'q', errors: 'q', latency: { query: 'q', perSecond: 1 } }

/** A canary at 1 %, asked for by the on-call engineer. */
export async function promoting(
  database: TestDatabase,
  settings: Partial<PromotionSettings> = {},
  to = 100,
  more: Parameters<typeof aScene>[1] = {},
) {
  const scene = await aScene(database, {
    canary: counted,
    promotion: { ...usualPromotion, ...settings },
    ...more,
  })
  const platform = aCanaryPlatform()
  const world = {
    ...withCanary(scene.world, platform),
    tests: testReports(database.pools.work),
  }
  const flows = workflows(world)
  const request = { service: scene.service.id, by: people.onCall, to, channel: 'C1' }
  const ask = async (other = {}) => flows.requestPromotion({ ...request, ...other }, aDelivery())
  const answer = await ask()
  if (answer.kind !== 'promotion') throw new Error(`not asked for but ${answer.kind}`)
  const { id } = answer.promotion
  const history = () => world.timeline.read(id)
  const state = async () => {
    const found = promotionState(await history())
    if (!found) throw new Error('The promotion is gone')
    return found
  }
  const click = (by: PersonId) => ({ by, promotion: id, delivery: aDelivery() })
  const advance = () => flows.advance(id, never)
  return {
    scene: { ...scene, world },
    platform,
    flows,
    id,
    ask,
    history,
    state,
    click,
    advance,
    kinds: async () => (await history()).map(({ event }) => event.kind),
    /** The clock moves, and it is looked at. */
    passes: async (length: number) => {
      await database.moveClock(minutes(length))
      await advance()
    },
    ticks: (item: GateItem, holds = true, by: PersonId = people.teamLead) =>
      flows.tickGate({ ...click(by), item, holds, value: 'looked at the desk of the support' }),
    approve: async (by: PersonId = people.teamLead) =>
      flows.promote({ ...click(by), digest: (await state()).look?.digest ?? ('none' as never) }),
  }
}

export type Promoting = Awaited<ReturnType<typeof promoting>>

/** Everything holds at the first step of the usual ladder. */
export async function atGate(
  database: TestDatabase,
  settings: Partial<PromotionSettings> = {},
): Promise<Promoting> {
  const one = await promoting(database, settings)
  await one.advance()
  await one.ticks('complaints')
  await one.passes(16)
  return one
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
