import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import type { NetworkFault } from '../support/fault-proxy.ts'
import { rollbacks } from './rollbacks.ts'
import { type Neighbour, type Shop, startShop } from './shop.ts'

/** Longer than anybody's patience: Slack's own 3 s, ours for Slack and for the admission of a click. */
const faultMs = 3_500
/** As `policy.verifyWindowSeconds` of the shop. */
const verifyWindowMs = 5_000

export interface Expected {
  /** Bytes of each connection's answers that arrive before it is cut: some requests get through, others half. */
  readonly cutAfter: number
  /** Within which everything goes on by itself when the fault is over; a sample of the metrics comes every 5 s, and a press is repeated after 2 s. */
  readonly goesOnWithinMs: number
  /** The same, after a fault of which the ends of open connections were not told. */
  readonly afterSilenceMs: number
}

/**
 * Each fault between the product and one neighbour, while one rollback waits for its approval, one is executed and one is
 * verified. Whoever presses while it lasts, and is told that nothing was recorded, presses again.
 */
export function faultsBetween(
  neighbour: Neighbour,
  { cutAfter, goesOnWithinMs, afterSilenceMs }: Expected,
): void {
  const faults = [
    { kind: 'slow', ms: 300 },
    { kind: 'black hole' },
    { kind: 'reset' },
    { kind: 'cut', afterBytes: cutAfter },
    { kind: 'half open' },
  ] as const satisfies readonly NetworkFault[]
  const nameOf = (fault: NetworkFault, phase: string) => `${fault.kind.replace(' ', '-')}-${phase}`
  const figures: string[] = []
  let database: TestDatabase
  let shop: Shop
  let play: ReturnType<typeof rollbacks>

  beforeAll(async () => {
    database = await freshDatabase()
    shop = await startShop({
      databaseUrl: database.url,
      services: faults.flatMap((fault) =>
        ['awaiting', 'executing', 'verifying'].map((phase) => nameOf(fault, phase)),
      ),
    })
    play = rollbacks(shop, database.owner)
  })
  afterAll(async () => {
    const lost = shop.logged.filter((line) => line.includes('was out of touch')).length
    console.log([...figures, `${neighbour}: the lease was lost ${lost} times`].join('\n'))
    await shop.close()
    await database.close()
  })

  for (const fault of faults)
    test(`${neighbour}: ${fault.kind}, while one waits for approval, one executes, one is verified`, async () => {
      const awaiting = nameOf(fault, 'awaiting')
      const executing = nameOf(fault, 'executing')
      const verifying = nameOf(fault, 'verifying')
      const all = [awaiting, executing, verifying]
      for (const service of all) await play.asks(service)
      for (const service of all) await play.asked(service)
      await play.approves(verifying)
      await play.reaches(verifying, 'execution_completed')
      await play.approves(executing)
      await play.reaches(executing, 'step_applied')

      shop.proxies[neighbour].set(fault)
      const since = Date.now()
      const toldBefore = play.toldTo(awaiting)
      const pressed = await play.approves(awaiting)
      await sleep(faultMs - (Date.now() - since))
      shop.proxies[neighbour].set({ kind: 'none' })
      const healed = Date.now()
      await play.until(
        'an answer to whoever pressed',
        async () =>
          play.toldTo(awaiting) > toldBefore ||
          (await play.happened(awaiting)).some(({ kind }) => kind === 'approval_given'),
      )
      await play.approvesUntilHeard(awaiting, pressed)
      for (const service of all) await play.looks(service)
      await play.settled(all)

      for (const service of all)
        expect([service, ...(await play.faults(service))]).toEqual([service])
      expect(await play.brokenRows()).toEqual([])
      const at = async (service: string, kind: string) => (await play.reaches(service, kind)).at
      const completed = await at(verifying, 'execution_completed')
      const late = {
        'begins after the approval': (await at(awaiting, 'execution_started')) - healed,
        'is executed': (await at(executing, 'execution_completed')) - healed,
        'is verified':
          (await at(verifying, 'verified')) - Math.max(healed, completed + verifyWindowMs),
      }
      figures.push(
        ...Object.entries(late).map(
          ([what, ms]) =>
            `${neighbour}, ${fault.kind}: the one that ${what} does so ${Math.round(ms)} ms after the end`,
        ),
      )
      const limit = fault.kind === 'half open' ? afterSilenceMs : goesOnWithinMs
      expect(Object.entries(late).filter(([, ms]) => ms > limit)).toEqual([])
    })

  test(`${neighbour}: whatever was done to it, what is promised was kept, and nine requests of ten got through`, async () => {
    const { broken, through } = await play.judged()

    expect(broken).toEqual([])
    expect(through).toBeGreaterThanOrEqual(0.9)
  })
}
