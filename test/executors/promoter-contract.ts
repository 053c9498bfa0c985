import { afterEach, describe, expect, test } from 'vitest'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { type Executor, type Progress, Superseded } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { asStored } from '../support/as-stored.ts'
import { appliedIn } from './applied-in.ts'
import { nameOf, type Trouble, troubles } from './troubles.ts'

/** A platform on which a canary has come to its first share, and waits. */
export interface CanaryPlatform {
  readonly executor: Executor
  /** As after a restart of the bot: same record, nothing else carried over. */
  restarted(): Executor
  readonly target: Target
  /** A share to which it can go from there. */
  readonly next: number
  /** What the platform is told to run. */
  wanted(): Promise<unknown>
  /** How many changes took effect so far. */
  changes(): number
  /** The next change is answered with trouble, `times` times. */
  trouble(trouble: Trouble, times: number): void
  /** Somebody gives the canary yet another version, which comes to its first share as well. */
  shipAnother(): Promise<void>
  removeTarget(): Promise<void>
  /** Where it goes on by itself, at looks of its own, and our changes only let it: what would begin or settle does so at its next looks. */
  readonly goesOn?: { readonly why: string; look(): Promise<void> }
  /** Where the executor does not try again itself what failed in trouble, and leaves that to whoever carries out the step. */
  readonly triedAgain?: { readonly why: string }
  close(): Promise<void>
}

/** Ends what hangs. */
const signal = () => AbortSignal.timeout(45_000)

/** What every promoter promises. Each test gets a fresh platform. `inTrouble`: with which troubles it is held to that; all of them by itself. */
export function promoterContract(
  name: string,
  fresh: (trouble?: Trouble) => Promise<CanaryPlatform>,
  { inTrouble = troubles }: { readonly inTrouble?: readonly Trouble[] } = {},
): void {
  describe(`${name} keeps the promoter contract`, () => {
    const open: CanaryPlatform[] = []
    const platform = async (trouble?: Trouble): Promise<CanaryPlatform> => {
      const made = await fresh(trouble)
      open.push(made)
      return made
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((made) => made.close()))
    })

    test('planning changes nothing, does so twice alike, and tells no secret; what is planned may begin until it has', async () => {
      const p = await platform()
      const before = await p.wanted()
      const { precondition } = await look(p)

      const first = await legs(p)
      const second = await legs(p)

      expect(await p.wanted()).toEqual(before)
      expect(p.changes()).toBe(0)
      expect(second).toEqual(first)
      expect(first.map(({ blockers }) => blockers)).toEqual(first.map(() => []))
      expect(JSON.stringify(first)).not.toContain('hunter2')
      expect(await promoterOf(p).changedSince(p.target, precondition, signal())).toBeUndefined()
      const again = p.restarted().promoter
      const stored = asStored(precondition)
      expect(await again?.changedSince(p.target, stored, signal())).toBeUndefined()
      const [forward] = second
      await p.executor.apply(forward?.steps[0]?.change ?? null, operation(0), signal())
      await p.goesOn?.look()
      expect(await promoterOf(p).changedSince(p.target, precondition, signal())).toMatch(
        / meanwhile$/,
      )
    })

    test.for(moves)('%s: every step done twice has the effect of once', async (move) => {
      const p = await platform()
      const seen = await look(p)
      const { steps } = await legOf(p, move)

      for (const [index, step] of steps.entries()) {
        await p.executor.apply(step.change, operation(index), signal())
        const [once, count] = [await p.wanted(), p.changes()]
        await p.restarted().apply(asStored(step.change), operation(index), signal())
        expect(await p.wanted()).toEqual(once)
        expect(p.changes()).toBe(count)
        await settled(p, p.executor, step)
        // A second try that comes only now, when the platform has gone on.
        await p.restarted().apply(asStored(step.change), operation(index), signal())
        expect(p.changes()).toBe(count)
      }

      expect(await lastingFailures(p, seen, move)).toEqual([])
    })

    test.for(moves.flatMap((move) => inTrouble.map((one) => [move, nameOf(one), one] as const)))(
      '%s: trouble of kind %s with a change still makes it exactly once',
      async ([move, , trouble]) => {
        const p = await platform(trouble)
        const seen = await look(p)
        const { steps } = await legOf(p, move)

        p.trouble(trouble, 2)
        for (const [index, step] of steps.entries()) {
          const count = p.changes()
          await appliedIn(p, step.change, operation(index), signal())
          expect(p.changes()).toBe(count + 1)
          await settled(p, p.executor, step)
        }

        expect(await lastingFailures(p, seen, move)).toEqual([])
      },
    )

    test.for(moves)(
      '%s: a stop after any record is carried on by another process',
      async (move) => {
        for (let stop = 0, steps = 1; stop < steps; stop += 1) {
          const p = await platform()
          const seen = await look(p)
          const own = (await legOf(p, move)).steps
          steps = own.length
          for (const [index, step] of own.slice(0, stop + 1).entries()) {
            await p.executor.apply(step.change, operation(index), signal())
            if (index < stop) await settled(p, p.executor, step)
          }

          const next = p.restarted()
          for (const [index, step] of own.entries()) {
            if (index < stop) continue
            await next.apply(asStored(step.change), operation(index), signal())
            await settled(p, next, step)
          }

          expect(await lastingFailures(p, seen, move)).toEqual([])
        }
      },
    )

    test('what was approved for one version is not done to another, and a state from before makes no leg', async () => {
      const p = await platform()
      const old = await look(p)
      const approved = await legs(p)
      await p.shipAnother()
      const theirs = await p.wanted()

      for (const [index, { steps }] of approved.entries())
        await expect(
          p.executor.apply(steps[0]?.change ?? null, operation(index), signal()),
        ).rejects.toThrow(Superseded)
      const promoter = promoterOf(p)
      for (const leg of [
        () => promoter.forward(p.target, old, p.next, 'pr_1', signal()),
        () => promoter.away(p.target, old, 'pr_1', signal()),
        () => promoter.hold(p.target, old, 'pr_1', signal()),
      ])
        await expect(leg()).rejects.toThrow(Superseded)

      expect(await p.wanted()).toEqual(theirs)
      expect(await promoter.changedSince(p.target, old.precondition, signal())).toMatch(
        / meanwhile$/,
      )
    })

    test('a canary that has gone is neither moved nor taken away once more', async () => {
      const p = await platform()
      for (const [index, step] of (await legOf(p, 'away')).steps.entries()) {
        await p.executor.apply(step.change, operation(index), signal())
        await settled(p, p.executor, step)
      }
      await expect.poll(async () => (await look(p)).canary).toBeUndefined()
      const count = p.changes()

      const on = await legOf(p, 'forward')
      const away = await legOf(p, 'away')

      for (const { steps, blockers } of [on, away]) {
        expect(steps).toEqual([])
        expect(blockers).toContainEqual({ kind: 'unsupported', why: 'no canary is under way' })
      }
      expect(p.changes()).toBe(count)
    })

    test('a target that is gone is said to be, and not changed; one that was not asked for is not', async () => {
      const p = await platform()
      const { precondition } = await look(p)
      const planned = await legs(p)
      const looked = (by: AbortSignal) =>
        promoterOf(p)
          .canary(p.target, by)
          .catch((error: unknown) => error)
      expect(await looked(AbortSignal.abort())).not.toBeInstanceOf(TargetGone)

      await p.removeTarget()

      for (const [index, { steps }] of planned.entries())
        await expect(
          p.executor.apply(steps[0]?.change ?? null, operation(index), signal()),
        ).rejects.toThrow(Superseded)
      expect(await promoterOf(p).changedSince(p.target, precondition, signal())).toMatch(
        / is gone$/,
      )
      const gone = await looked(signal())
      expect(gone).toBeInstanceOf(TargetGone)
      expect(gone).toMatchObject({ message: expect.stringMatching(/ is gone$/) })
    })
  })
}

const moves = ['forward', 'in full', 'away'] as const
type Move = (typeof moves)[number]

const operation = (index: number): string => `pr_1.${index}`

function promoterOf({ executor }: Pick<CanaryPlatform, 'executor'>): Promoter {
  if (!executor.promoter) throw new Error('it moves no canaries')
  return executor.promoter
}

const look = (p: CanaryPlatform): Promise<CanaryState> => promoterOf(p).canary(p.target, signal())

async function legOf(p: CanaryPlatform, move: Move): Promise<Leg> {
  const promoter = promoterOf(p)
  const seen = await look(p)
  switch (move) {
    case 'forward':
      return promoter.forward(p.target, seen, p.next, 'pr_1', signal())
    case 'in full':
      return promoter.forward(p.target, seen, 100, 'pr_1', signal())
    case 'away':
      return promoter.away(p.target, seen, 'pr_1', signal(), 'gradual')
  }
}

async function legs(p: CanaryPlatform): Promise<readonly Leg[]> {
  const all: Leg[] = []
  for (const move of moves) all.push(await legOf(p, move))
  return all
}

/** To its end, which is a good one. */
async function settled(p: CanaryPlatform, executor: Executor, step: Step): Promise<void> {
  if (step.settles === undefined) return
  const over = new AbortController()
  const [last] = await Promise.all([
    lastOf(executor.progress(step.change, signal())).finally(() => over.abort()),
    goesOnUntil(p, over.signal),
  ])
  expect(last).toMatchObject({ kind: 'settled' })
}

async function goesOnUntil({ goesOn }: CanaryPlatform, over: AbortSignal): Promise<void> {
  if (goesOn) while (!over.aborted) await goesOn.look()
}

async function lastOf(coming: AsyncIterable<Progress>): Promise<Progress | undefined> {
  let last: Progress | undefined
  for await (const one of coming) last = one
  return last
}

/** Who is served by whom may become known a moment after the pods are ready. */
async function lastingFailures(
  p: CanaryPlatform,
  { canary, stable }: CanaryState,
  move: Move,
): Promise<readonly string[]> {
  if (!canary) throw new Error('there was no canary')
  const share = { forward: p.next, 'in full': 100, away: 0 }[move]
  const deadline = performance.now() + 30_000
  for (;;) {
    const checks = await promoterOf(p).verify(p.target, { share, canary, stable }, signal())
    const found = checks
      .filter(({ result }) => result !== 'passed')
      .map(({ id, text }) => `${id}: ${text}`)
    if (found.length === 0 || performance.now() > deadline) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
