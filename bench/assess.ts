import { type Assessment, assess, type Facts } from '#domain/assessment/assess.ts'
import { instanceReadings } from '#domain/assessment/instances.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { Reading, Signal } from '#domain/assessment/reading.ts'
import { policyOf } from '#config/policy.ts'
import { serviceId } from '#domain/ids.ts'
import { instant, minutes } from '#domain/time.ts'
import { alone, type Result } from './harness/compare.ts'
import { random } from './judge/random.ts'

const services = 10_000
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const now = instant(Date.UTC(2026, 10, 21, 14, 30) * 1_000)

/** Ten thousand services, each decided on from what was measured of it before: well, ill and unknown ones, a tenth with a profile. */
export async function assessing(): Promise<readonly Result[]> {
  const dice = random(20_261_121)
  const own = Object.fromEntries(
    Array.from({ length: services / 10 }, (_, at) => [
      `service-${at * 10}`,
      { profile: 'e-commerce' as const, limits: { errorRateCriticalPercent: 4 } },
    ]),
  )
  const { policy } = policyOf({}, own)
  const cached = Array.from({ length: services }, (_, at) => ({
    service: serviceId(`service-${at}`),
    facts: factsOf(dice.uniform, at),
  }))
  const texts = cached.map(({ facts }) => JSON.stringify(facts))
  const decide = (read: (at: number) => Facts): readonly Decided[] =>
    cached.map(({ service }, at) => {
      const { advice, severity, findings } = assess(read(at), limitsFor(policy, service))
      return { advice, severity, rules: findings.length }
    })
  const timed = (read: (at: number) => Facts) => {
    const all = Array.from({ length: rounds + 2 }, () => {
      const [begun, used] = [performance.now(), process.cpuUsage()]
      decide(read)
      const { user, system } = process.cpuUsage(used)
      return { ms: performance.now() - begun, cpuMs: (user + system) / 1_000 }
    }).slice(2)
    const cpu = all.map(({ cpuMs }) => cpuMs).toSorted((one, other) => one - other)
    const middle = cpu[Math.floor(cpu.length / 2)] ?? Number.NaN
    return {
      samples: all.map(({ ms }) => ms),
      note: `${middle.toFixed(0)} ms of processor time, whatever else the machine does`,
    }
  }
  const held = (at: number) => cached[at]?.facts ?? factsOf(dice.uniform, at)
  const [first, second] = [timed(held), timed((at) => JSON.parse(texts[at] ?? '') as Facts)]
  return [
    alone({
      what: `${services} services assessed from signals that are held`,
      unit: 'ms',
      name: 'countermand',
      samples: first.samples,
      goal: { atMost: 1_000 },
      notes: [tally(decide(held)), first.note],
    }),
    alone({
      what: 'the same, each read from its record first',
      unit: 'ms',
      name: 'countermand',
      samples: second.samples,
      goal: { atMost: 1_000 },
      notes: [second.note],
    }),
  ]
}

/** What whoever looks over ten thousand services keeps of each. */
type Decided = Pick<Assessment, 'advice' | 'severity'> & { readonly rules: number }

/** What it came to: a figure about ten thousand equal answers would say little. */
function tally(all: readonly Decided[]): string {
  const counts = new Map<string, number>()
  for (const { advice } of all) counts.set(advice, (counts.get(advice) ?? 0) + 1)
  const rules = all.reduce((sum, one) => sum + one.rules, 0)
  return `${[...counts].map(([advice, count]) => `${advice} ${count}`).join(', ')}; ${(rules / all.length).toFixed(1)} rules each`
}

function factsOf(chance: () => number, at: number): Facts {
  const isIll = chance() < 0.2
  const signals: readonly (readonly [Signal, number, number])[] = [
    ['error-rate', isIll ? chance() * 0.08 : chance() * 0.002, 0.001],
    ['p95', isIll ? 0.2 + chance() : 0.18, 0.18],
    ['throughput', 400, 410],
    ['cpu', chance(), 0.4],
    ['payment-success', isIll ? 0.98 : 0.999, 0.999],
  ]
  const readings = signals.map(
    ([signal, value, normal]): Reading => ({
      signal,
      source: 'Prometheus',
      query: `${signal}{service="${at}"}`,
      from: instant(now - minutes(5)),
      to: now,
      answer:
        chance() < 0.05
          ? { kind: 'no_data' }
          : {
              kind: 'value',
              value,
              requests: 120_000,
              normal: { value: normal, requests: 1_400_000, of: 'hour-before' },
            },
    }),
  )
  return {
    tier: at % 3 === 0 ? 'critical' : 'standard',
    readings: [...readings, ...podsOf(chance)],
    statements: [],
    fix: null,
    circumstances: {
      now,
      deployed: { version: 'v2', at: instant(now - minutes(9)), orEarlier: false },
      onset: isIll ? instant(now - minutes(7)) : null,
      dependencies: [],
      baselineSuffers: null,
    },
    wayBack: { kind: 'open', to: 'v1', because: 'last version verified good', warnings: [] },
    isolatedToCanary: false,
  }
}

/** Of a cluster's answer they are made at once, which costs as much as a rule. */
function podsOf(chance: () => number): readonly Reading[] {
  const all = Array.from({ length: 6 }, (_, at) => ({
    name: `pod-${at}`,
    isNew: true,
    startedAt: instant(now - minutes(60)),
    unreadySince: chance() < 0.02 ? instant(now - minutes(6)) : null,
    why: null,
    containers: [{ name: 'app', restarts: 0, ended: null }],
  }))
  return instanceReadings(
    {
      instances: { kind: 'told', asked: 'pods', what: { wanted: all.length, all } },
      warnings: { kind: 'told', asked: 'events', what: [] },
      written: [],
    },
    {
      source: 'cluster',
      now,
      limits: { lookBack: minutes(10), startUp: minutes(2), sustained: minutes(5) },
    },
  )
}
