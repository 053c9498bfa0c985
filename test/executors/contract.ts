import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { RevisionId } from '#domain/ids.ts'
import { isSameJson } from '#domain/json.ts'
import { isUndoSettling, type Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { type Approved, type Executor, type Progress, Superseded } from '#ports/executor.ts'
import { TenureOver } from '#ports/tenure.ts'
import { asStored } from '../support/as-stored.ts'
import { appliedIn } from './applied-in.ts'
import type { Fence } from './fence.ts'
import { nameOf, type Trouble, troubles } from './troubles.ts'

/** A pretend platform on which a bad version runs completely and calmly, and a good one ran before. */
export interface Platform {
  readonly executor: Executor
  /** As after a restart of the bot: same record, nothing else carried over. */
  restarted(): Executor
  readonly target: Target
  readonly good: RevisionId
  readonly bad: RevisionId
  /** Asked by both executors before each change. */
  readonly fence: Fence
  /** Where it keeps files on this machine. */
  readonly folders?: readonly string[]
  /** What the step that brings the good version is called, or ends with. */
  readonly change: string
  /** Steps beside the change itself, such as a backup: they change nothing of what the platform is told to run. */
  readonly isAside?: (step: Step) => boolean
  /** What of the steps beside the change still stands, such as a gate that is open. */
  readonly aside?: () => Promise<unknown>
  /** What a step says is waited for when it is taken back is waited for here, too, as the workflows do: the one before it needs that. */
  readonly isWaitedForBack?: true
  /** What the platform is told to run. Equal before and after means that nothing was changed. */
  wanted(): Promise<unknown>
  /** How many changes to the target took effect so far. */
  changes(): number
  /** The next change is answered with trouble, `times` times. */
  trouble(trouble: Trouble, times: number): void
  /** Somebody ships yet another version. */
  shipAnother(): Promise<void>
  /** Where the executor does not try again itself what failed in trouble, and leaves that to whoever carries out the step. */
  readonly triedAgain?: { readonly why: string }
  /** It keeps no mark of who changed it: what was made and overtaken looks like what somebody else made. */
  readonly forgets?: true
  removeTarget(): Promise<void>
  close(): Promise<void>
}

/** Ends what hangs. */
const signal = () => AbortSignal.timeout(45_000)

/** What every executor promises. Each test gets a fresh pretend platform. */
export function executorContract(
  name: string,
  fresh: (trouble?: Trouble) => Promise<Platform>,
): void {
  describe(`${name} keeps the executor contract`, () => {
    const open: Platform[] = []
    const platform = async (trouble?: Trouble): Promise<Platform> => {
      const made = await fresh(trouble)
      open.push(made)
      return made
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((made) => made.close()))
    })

    test('planning changes nothing, and does so twice alike', async () => {
      const p = await platform()
      const before = await p.wanted()

      const first = await planned(p)
      const second = await planned(p)

      expect(await p.wanted()).toEqual(before)
      expect(p.changes()).toBe(0)
      expect(second).toEqual(first)
      expect(first.blockers).toEqual([])
      expect(first.steps.length).toBeGreaterThan(0)
    })

    test('a plan may begin while nothing has changed, and says in a sentence why not afterwards', async () => {
      const p = await platform()
      const plan = await approvedPlan(p)

      expect(await p.executor.changedSince(plan, signal())).toBeUndefined()
      expect(await p.restarted().changedSince(asStored(plan), signal())).toBeUndefined()
      const begun = upToChange(p, (await planned(p)).steps)
      await taken(p, begun)
      expect(await p.executor.changedSince(plan, signal())).toMatch(meanwhile)

      expect(p.changes()).toBe(begun.length)
    })

    test('a plan may not begin when another version was shipped, or its target is gone', async () => {
      const p = await platform()
      const plan = await approvedPlan(p)

      await p.shipAnother()
      expect(await p.executor.changedSince(plan, signal())).toMatch(meanwhile)
      await p.removeTarget()
      expect(await p.executor.changedSince(plan, signal())).toMatch(/ is gone$/)
    })

    test('every step done twice has the effect of once', async () => {
      const p = await platform()
      const { steps } = await planned(p)

      for (const [index, step] of steps.entries()) {
        await p.executor.apply(step.change, operation(index), signal())
        const [once, count] = [await p.wanted(), p.changes()]
        await p.executor.apply(step.change, operation(index), signal())
        expect(await p.wanted()).toEqual(once)
        expect(p.changes()).toBe(count)
        expect(await end(p.executor, step)).toMatchObject({ kind: 'settled' })
      }

      expect(await lastingFailures(p)).toEqual([])
    })

    test('a failure at any step can be undone to what ran before', async () => {
      const { steps } = await planned(await platform())
      for (let failing = 0; failing < steps.length; failing += 1) {
        const p = await platform()
        const [before, aside] = [await p.wanted(), await p.aside?.()]
        const own = (await planned(p)).steps.slice(0, failing + 1)

        await taken(p, own)
        const isChanged = own.some((step) => !p.isAside?.(step))
        expect(isSameJson(await p.wanted(), before)).toBe(!isChanged)
        for (const [index, step] of [...own.entries()].toReversed()) {
          await p.executor.apply(step.undo, `${operation(index)}.undo`, signal())
          await waitedForBack(p, step)
        }

        expect([await p.wanted(), await p.aside?.()]).toEqual([before, aside])
        const now = await p.executor.observe(p.target, signal())
        expect(now.running.id).toBe(p.bad)
      }
    })

    test('undoing what never happened changes nothing', async () => {
      const p = await platform()
      const { steps } = await planned(p)
      const before = await p.wanted()

      for (const [index, { undo }] of [...steps.entries()].toReversed())
        await p.executor.apply(undo, `${operation(index)}.undo`, signal())

      expect(await p.wanted()).toEqual(before)
      expect(p.changes()).toBe(0)
    })

    test('T106 a stop after any record is carried on by another process', async () => {
      const { steps } = await planned(await platform())
      for (let stop = 0; stop < steps.length; stop += 1) {
        const p = await platform()
        const own = (await planned(p)).steps
        await taken(p, own.slice(0, stop + 1))

        const next = p.restarted()
        const count = p.changes()
        await next.apply(asStored(own[stop]?.change ?? null), operation(stop), signal())
        expect(p.changes()).toBe(count)
        for (const [index, step] of own.entries()) {
          if (index > stop) await next.apply(asStored(step.change), operation(index), signal())
          if (index >= stop) await end(next, step)
        }

        expect(await lastingFailures(p)).toEqual([])
      }
    })

    test.for(troubles.map((trouble) => [nameOf(trouble), trouble] as const))(
      'trouble of kind %s with a change still makes it exactly once',
      async ([, trouble]) => {
        const p = await platform(trouble)
        const { steps } = await planned(p)

        p.trouble(trouble, 2)
        for (const [index, step] of steps.entries()) {
          const count = p.changes()
          await appliedIn(p, step.change, operation(index), signal())
          expect(p.changes()).toBe(count + 1)
          await end(p.executor, step)
        }

        expect(await lastingFailures(p)).toEqual([])
      },
    )

    test('with nothing in progress a settled change is settled at once', async () => {
      const p = await platform()
      const { steps } = await planned(p)
      for (const [index, step] of steps.entries()) {
        await p.executor.apply(step.change, operation(index), signal())
        await end(p.executor, step)
      }

      const again = await all(p.executor, steps.at(-1))

      expect(again.map(({ kind }) => kind)).toEqual(['settled'])
      const { warnings } = await p.executor.observe(p.target, signal())
      expect(warnings.filter(({ kind }) => kind === 'in_flight')).toEqual([])
    })

    test('a target that is gone is not changed, not followed for ever and not verified', async () => {
      const p = await platform()
      const { steps } = await planned(p)

      await p.removeTarget()

      const change = upToChange(p, steps).at(-1)?.change ?? null
      await expect(p.executor.apply(change, operation(0), signal())).rejects.toThrow(Superseded)
      await expectGivenUp(p, steps)
      expect(await failures(p)).not.toEqual([])
      await expect(p.executor.observe(p.target, signal())).rejects.toThrow('there is no')
      expect(await p.executor.evidence(p.target, p.bad, signal())).toEqual(expect.anything())
    })

    test('what somebody shipped meanwhile is not overwritten, neither by a step nor by its undo', async () => {
      const p = await platform()
      const { steps } = await planned(p)
      await p.shipAnother()
      const theirs = await p.wanted()

      const own = upToChange(p, steps).at(-1)
      for (const change of [own?.change, own?.undo])
        await expect(p.executor.apply(change ?? null, operation(0), signal())).rejects.toThrow(
          Superseded,
        )

      expect(await p.wanted()).toEqual(theirs)
    })

    test('a step that was made and then overtaken is not made again', async () => {
      const p = await platform()
      const { steps } = await planned(p)
      const begun = upToChange(p, steps)
      await taken(p, begun)
      await p.shipAnother()
      const theirs = await p.wanted()

      const [change, index] = [begun.at(-1)?.change ?? null, begun.length - 1]
      const again = await p.executor
        .apply(change, operation(index), signal())
        .then(() => 'left as it is')
        .catch((error: unknown) => (error instanceof Superseded ? 'overtaken' : error))
      expect(again).toBe(p.forgets ? 'overtaken' : 'left as it is')

      expect(await p.wanted()).toEqual(theirs)
      await expectGivenUp(p, steps)
    })

    test('a process whose time is over changes nothing, files included', async () => {
      const p = await platform()
      const steps = [...(await planned(p)).steps.entries()]

      for (const [index, step] of steps) {
        expect(await madeInTimeOnly(p, step.change, operation(index))).toBeGreaterThan(0)
        if (index < steps.length - 1) await settledIn(p, step)
      }
      for (const [index, step] of steps.toReversed()) {
        const { undo } = step
        const [count, as] = [p.changes(), `${operation(index)}.undo`]
        p.trouble({ kind: 'cut-before' }, 1)
        p.fence.closeAfter(1)
        await p.executor.apply(undo, as, signal()).catch((error: unknown) => error)
        expect(p.changes()).toBe(count)
        await madeInTimeOnly(p, undo, as)
        await waitedForBack(p, step)
      }
    })

    test('nothing in a plan holds a secret of what it brings', async () => {
      const p = await platform()

      const text = JSON.stringify(await planned(p))

      expect(text).not.toContain('hunter2')
      expect(text).toContain(p.change)
    })
  })
}

/** Nothing of it happens while the process has no time left, and all of it afterwards: so many changes. */
async function madeInTimeOnly(p: Platform, change: Step['change'], as: string): Promise<number> {
  const count = p.changes()
  const now = async () => [await p.wanted(), await p.aside?.(), filesOf(p), p.changes()]
  const before = await now()
  p.fence.closeAfter(0)
  const refused = await p.executor.apply(change, as, signal()).catch((error: unknown) => error)
  expect(await now()).toEqual(before)

  p.fence.open()
  await p.executor.apply(change, as, signal())
  const made = p.changes() - count
  expect(made === 0 || refused instanceof TenureOver).toBe(true)
  return made
}

const filesOf = ({ folders = [] }: Platform) =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted()
      .map((file) => [file, readFileSync(file, 'utf8')]),
  )

/** What was done, in a sentence: `v2.4.0 was deployed meanwhile`, `the weights of route primary were changed from … to … meanwhile`. */
const meanwhile = / (was|were) \w+( .+)? meanwhile$/

const operation = (index: number): string => `rb_1.${index}`

/** The steps as a rollback takes them: none before what the one before it waits for has come about. The last one is not waited for. */
async function taken(p: Platform, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    await p.executor.apply(step.change, operation(index), signal())
    if (index < steps.length - 1) await settledIn(p, step)
  }
}

async function settledIn({ executor }: Platform, step: Step): Promise<void> {
  if (step.settles === undefined) return
  expect(await end(executor, step)).toMatchObject({ kind: 'settled' })
}

async function waitedForBack({ executor, isWaitedForBack }: Platform, step: Step) {
  if (isWaitedForBack !== true || !isUndoSettling(step)) return
  const last = await end(executor, { ...step, change: step.undo })
  expect(last).toMatchObject({ kind: 'settled' })
}

/** The first steps, as many as it takes until what runs is another. */
const upToChange = ({ isAside }: Platform, steps: readonly Step[]): readonly Step[] =>
  steps.slice(0, steps.findIndex((step) => !isAside?.(step)) + 1)

/** What the change waits for will not come about any more. Where only a step beside it waits for something, it is that; where none does, nothing is followed. */
async function expectGivenUp({ executor, isAside }: Platform, steps: readonly Step[]) {
  const waiting = steps.filter(({ settles }) => settles !== undefined)
  const own = waiting.find((step) => !isAside?.(step)) ?? waiting[0]
  const ends = own ? [await end(executor, own)] : []
  expect(ends.map((last) => last?.kind)).toEqual(ends.map(() => 'failed'))
}

async function planned(p: Platform) {
  const observed = await p.executor.observe(p.target, signal())
  return p.executor.route(p.target, observed, p.good, 'rb_1', signal())
}

async function approvedPlan({ executor, target, good }: Platform): Promise<Approved> {
  const { running, history, precondition } = await executor.observe(target, signal())
  const to = history.find(({ id }) => id === good)
  if (!to) throw new Error('the good version is not known')
  return { target, precondition, from: running, to }
}

async function all(executor: Executor, step: Step | undefined): Promise<readonly Progress[]> {
  const seen: Progress[] = []
  for await (const one of executor.progress(step?.change ?? null, signal())) seen.push(one)
  return seen
}
const end = async (executor: Executor, step: Step) => (await all(executor, step)).at(-1)

/** Who is served by whom may become known a moment after everything runs. */
async function lastingFailures(p: Platform): Promise<readonly string[]> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const found = await failures(p)
    if (found.length === 0 || performance.now() > deadline) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function failures(p: Platform): Promise<readonly string[]> {
  const checks = await p.executor.verify(p.target, { id: p.good, images: [] }, signal())
  return checks.filter(({ result }) => result !== 'passed').map(({ id, text }) => `${id}: ${text}`)
}
