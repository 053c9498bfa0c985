import { alone, type Goal, type Result } from './harness/compare.ts'
import { surroundings, table } from './harness/report.ts'
import { random } from './judge/random.ts'
import { looks, type Outcome, run, type World } from './judge/run.ts'

// What the judge promises, simulated: how seldom it blames a healthy canary, how soon it finds a sick one. `npm run bench:judge -- 200`
// plays fewer runs than 2000; the seed is fixed, so that a figure changes only with the judge.

/** What is read off the runs of one world. */
const measures = {
  'rolled back': {
    unit: '% of runs',
    of: (all) => share(all, (run) => run.rolledBackAt < Infinity),
  },
  paused: { unit: '% of runs', of: (all) => share(all, (run) => run.pausedAt < Infinity) },
  'called good': {
    unit: '% of runs',
    of: (all) => share(all, (run) => run.calledGoodAt < Infinity),
  },
  'rolled back by': {
    unit: 'minutes, p90',
    of: (all) => ninetieth(all, (run) => run.rolledBackAt),
  },
  'paused by': { unit: 'minutes, p90', of: (all) => ninetieth(all, (run) => run.pausedAt) },
  'called good by': {
    unit: 'minutes, p90',
    of: (all) => ninetieth(all, (run) => run.calledGoodAt),
  },
  'neither found nor told how much longer': {
    unit: '% of runs',
    of: (all) => share(all, (run) => run.pausedAt === Infinity && !isTold(run)),
  },
} satisfies Record<
  string,
  { readonly unit: string; readonly of: (all: readonly Outcome[]) => number }
>

interface Trial {
  readonly world: World
  readonly goals: Readonly<Partial<Record<keyof typeof measures, number | null>>>
}

/** The bars of the judge: not more than so much; `null` has no bar and is only shown. */
const trials: readonly Trial[] = [
  ...everyCell().flatMap((cell): readonly Trial[] => {
    const healthy = { ...cell, ratio: 1 }
    return [
      { world: healthy, goals: { 'rolled back': 0.1, paused: 1, 'called good by': null } },
      { world: { ...healthy, isRamp: true }, goals: { 'rolled back': 0.1, paused: 1 } },
      { world: { ...healthy, variation: 0.1 }, goals: { 'rolled back': 0.5, paused: null } },
      { world: { ...healthy, variation: 0.2 }, goals: { 'rolled back': 5, paused: null } },
      { world: { ...cell, ratio: 2 }, goals: { 'called good': 1 } },
      { world: { ...cell, ratio: 3 }, goals: { 'called good': 1 } },
      { world: { ...cell, ratio: 10 }, goals: { 'rolled back by': 4 } },
    ]
  }),
  { world: { base: 0.005, share: 0.01, ratio: 2 }, goals: { 'paused by': 13 } },
  { world: { base: 0.005, share: 0.05, ratio: 2 }, goals: { 'paused by': 4 } },
  { world: { base: 0.005, share: 0.1, ratio: 2 }, goals: { 'paused by': 3 } },
  {
    world: { base: 0.005, share: 0.01, ratio: 3 },
    goals: { 'paused by': 5, 'rolled back by': 10 },
  },
  { world: { base: 0.005, share: 0.05, ratio: 3 }, goals: { 'paused by': 2, 'rolled back by': 3 } },
  { world: { base: 0.005, share: 0.1, ratio: 3 }, goals: { 'paused by': 2, 'rolled back by': 2 } },
  { world: { base: 0.001, share: 0.01, ratio: 3 }, goals: { 'paused by': 18 } },
  {
    world: { base: 0.001, share: 0.01, ratio: 2 },
    goals: { 'paused by': null, 'neither found nor told how much longer': 0 },
  },
]

const runs = Number(process.argv[2] ?? 2_000)
const seed = 20_261_121
const results = trials.flatMap(({ world, goals }, trial): readonly Result[] => {
  const chance = random(seed + trial)
  const outcomes = Array.from({ length: runs }, () => run(world, chance))
  return Object.entries(measures).flatMap(([name, { unit, of }]) => {
    const atMost = goals[name as keyof typeof measures]
    if (atMost === undefined) return []
    const goal: { readonly goal?: Goal } = atMost === null ? {} : { goal: { atMost } }
    return [
      alone({
        what: `${named(world)}: ${name}`,
        unit,
        name: 'judge',
        samples: [of(outcomes)],
        ...goal,
      }),
    ]
  })
})
console.error(table(results))
console.log(JSON.stringify({ ...surroundings(), runs, seed, results }))
if (results.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1

function everyCell(): readonly Pick<World, 'base' | 'share'>[] {
  return [0.001, 0.005, 0.01].flatMap((base) => [0.01, 0.05, 0.1].map((share) => ({ base, share })))
}

function isTold({ last }: Outcome): boolean {
  return last.findings.some(
    ({ verdict, moreMinutes }) => verdict === 'wait' && (moreMinutes ?? 0) > 0,
  )
}

function share<T>(all: readonly T[], holds: (each: T) => boolean): number {
  return (all.filter(holds).length / all.length) * 100
}

/** The moment by which nine of ten were there; one past the last look when more than one of ten never was. */
function ninetieth(all: readonly Outcome[], minutes: (outcome: Outcome) => number): number {
  const sorted = all.map(minutes).toSorted((a, b) => a - b)
  return Math.min(looks + 1, sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Infinity)
}

function named({ base, share, ratio, isRamp, variation }: World): string {
  const kind = ratio === 1 ? 'healthy' : `${ratio} times as bad`
  const trouble = isRamp ? ', ramp and incident' : ''
  const pods = variation === undefined ? '' : `, pods differ by ${variation * 100} %`
  return `base ${base * 100} %, canary ${share * 100} %, ${kind}${trouble}${pods}`
}
