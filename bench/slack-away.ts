import { startOptions } from './harness/as-started.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import { startShop } from '../test/chaos/shop.ts'
import { compare, type Result, spoiltBy } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const warmUp = 2

/** How long a rollback takes while nothing reaches Slack, against the same with Slack well; approved → executed, by the record. */
export async function slackAway(): Promise<readonly Result[]> {
  const sides = ['away', 'well'] as const
  const services = sides.flatMap((side) =>
    Array.from({ length: rounds + warmUp }, (_, at) => `${side}-${at}`),
  )
  return withDatabase(async ({ owner, ownerUrl }) => {
    const shop = await startShop({
      databaseUrl: ownerUrl,
      services,
      podStartMs: 50,
      apart: startOptions,
    })
    const play = rollbacks(shop, owner)
    const told: number[] = []
    const round = (side: (typeof sides)[number]) => {
      const next = services.filter((service) => service.startsWith(side)).values()
      return async () => {
        const service = next.next().value ?? ''
        await play.asks(service)
        await play.asked(service)
        await play.quiet(service)
        if (side === 'away') shop.proxies.Slack.set({ kind: 'black hole' })
        await play.approves(service)
        const { at: completed } = await play.reaches(service, 'execution_completed')
        const { at: approved } = await play.reaches(service, 'approval_given')
        shop.proxies.Slack.set({ kind: 'none' })
        const back = performance.now()
        await play.quiet(service)
        if (side === 'away') told.push(performance.now() - back)
        return [completed - approved]
      }
    }
    try {
      const result = await compare({
        what: 'rollback while Slack is away',
        unit: 'ms',
        goal: { atMost: 1.05 },
        rounds,
        warmUp,
        ours: { name: 'Slack black-holed', round: round('away') },
        theirs: { name: 'Slack well', round: round('well') },
      })
      await play.settled(services, 120_000)
      const wrong = await Promise.all(services.map((service) => play.faults(service)))
      const slowest = Math.round(Math.max(...told))
      return [
        spoiltBy(wrong.flat(), {
          ...result,
          notes: [
            `what waited was said within ${slowest} ms of Slack's return`,
            `lost, doubled or out of order: ${wrong.flat().length}`,
          ],
        }),
      ]
    } finally {
      await shop.close()
    }
  })
}
