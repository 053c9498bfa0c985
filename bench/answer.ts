import { randomBytes } from 'node:crypto'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { type SandboxWorld, startWorld } from '#sandbox/world.ts'
import { alone, type Result } from './harness/compare.ts'
import { loud, withDatabase } from './harness/database.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const warmUp = 2

/** From `/assess checkout` until card and picture stand in the channel: five signals from Prometheus and the pods beside them, over the wire. */
export async function answer(): Promise<readonly Result[]> {
  return withDatabase(async ({ ownerUrl, url }) => {
    const world = await startWorld({
      port: 0,
      database: { ownerUrl, url },
      key: randomBytes(32),
      log: loud,
      podStartMs: 20,
      configured: withFiveSignals,
    })
    try {
      await world.app.jobs.settled()
      shipBad(world.cluster, 'checkout', 'errors')
      const all = await samples(world)
      world.metrics.fail({ kind: 'hangs', about: 'service:p95_seconds' })
      const hanging = await samples(world)
      return [
        row('an answer to /assess, its picture with it', all),
        row('the same while the queries of two signals are never answered', hanging),
      ]
    } finally {
      await world.close()
    }
  })
}

async function samples(world: SandboxWorld): Promise<readonly number[]> {
  const all: number[] = []
  for (let round = 0; round < rounds + warmUp; round += 1) all.push(await answered(world))
  return all.slice(warmUp)
}

async function answered({ slack, app }: SandboxWorld): Promise<number> {
  const seen = () => ({ said: slack.messages('checkout').length, drawn: slack.files().length })
  const before = seen()
  const began = performance.now()
  await slack.as('onCall').command('/assess checkout', { channel: 'checkout' })
  await slack.until(() => seen().said > before.said && seen().drawn > before.drawn)
  const took = performance.now() - began
  await app.jobs.settled()
  return took
}

/** The shop measures three; what the others are made of does not change how long their answers take. */
const withFiveSignals = (yaml: string): string =>
  yaml.replaceAll(
    /^( *)p95:( +)(\{ query: .*service:p95_seconds.*)$/gm,
    '$&\n$1p99:$2$3\n$1pageP95: $3',
  )

const row = (what: string, all: readonly number[]): Result =>
  alone({
    what,
    unit: 'ms',
    name: 'countermand',
    samples: all,
    goal: { atMost: 3_000 },
    notes: [`the slowest took ${Math.round(Math.max(...all))} ms`],
  })
