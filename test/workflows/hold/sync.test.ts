import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { syncWake } from '#domain/rollback/sync-moves.ts'
import { instant, minutes, plus, seconds } from '#domain/time.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import type { SyncLook } from '#ports/syncer.ts'
import { aPolicy, aSeenSync, aStep, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const reason = 'v2.2.1 is in Git'
const pause = minutes(240)
const bySomebody = aSeenSync({ since: null })

/** A platform on which somebody brings what Git has: paused, or not, and what it would do if it went on. */
async function syncedScene(hasTwoWays = false, pauses: readonly string[] = ['shop']) {
  const sync = {
    isPaused: false,
    /** Of all of them that have no look of their own. */
    look: { kind: 'undoes', why: 'Git has v2.3.0' } as SyncLook,
    lookOf: new Map<string, SyncLook>(),
    isAway: false,
    /** What was switched, in this order. */
    switched: [] as string[],
  }
  const troubles: (Error | undefined)[] = []
  const scene = await aScene(database)
  const inner = scene.world.executors.get('scripted')
  if (!inner) throw new Error('no executor')
  const executor: typeof inner = {
    ...inner,
    async ways(target, observed, to, _strategy, operation, signal) {
      if (!hasTwoWays) return []
      const route = await inner.route(target, observed, to, operation, signal)
      const first = await executor.route(target, observed, to, operation, signal)
      const change = { set: scene.platform.running, expect: null, atOnce: false }
      const moved = aStep('traffic shifted', { change, undo: change, settles: 'requests' })
      return [
        {
          ...route,
          steps: [...first.steps.slice(0, 1), moved],
          collapse: [],
          collapseHow: null,
          ...(first.pauses ? { pauses: first.pauses } : {}),
          mechanism: 'mesh-reroute',
          expectedMicros: seconds(2),
        },
      ]
    },
    async route(...given) {
      const route = await inner.route(...given)
      if (sync.isPaused) return route
      const steps = pauses.map((of) =>
        aStep(`sync of Application argocd/${of} paused`, {
          change: { sync: 'pause', of },
          undo: { sync: 'resume', of },
          settles: undefined,
        }),
      )
      const named = pauses.map((of) => ({ tool: 'Argo CD', name: `Application argocd/${of}` }))
      return { ...route, steps: [...steps, ...route.steps], pauses: named }
    },
    async apply(change, operation, signal) {
      const { sync: wanted, of } = change as { sync?: string; of?: string }
      if (wanted === undefined) return inner.apply(change, operation, signal)
      const trouble = troubles.shift()
      if (trouble) throw trouble
      sync.isPaused = wanted === 'pause'
      sync.switched.push(`${wanted} ${of}`)
    },
    syncer: {
      look: async (_target, change) => {
        if (sync.isAway) throw new Error('no answer')
        return sync.lookOf.get((change as { of: string }).of) ?? sync.look
      },
    },
  }
  const policy = aPolicy()
  const it = await propose({
    ...scene,
    world: { ...scene.world, policy, executors: new Map([['scripted', executor]]) },
  })
  return {
    ...it,
    sync,
    troubles,
    platform: scene.platform,
    told: async () =>
      (await it.history()).flatMap(({ event }) =>
        event.kind === 'sync_reminded' || event.kind === 'sync_failed'
          ? `${event.kind}: ${event.why}`
          : event.kind === 'sync_resumed'
            ? `${event.kind}: ${event.because}`
            : event.kind === 'sync_ended'
              ? `${event.kind}: ${event.seen.then}`
              : event.kind.startsWith('sync_')
                ? event.kind
                : [],
      ),
    reconcile: () => it.flows.reconcileFreezes(it.incident, never),
    resume: (by = people.onCall) => it.flows.resumeSync({ ...it.click(by), reason }),
  }
}

async function rolledBack() {
  const it = await syncedScene()
  await it.approve()
  await it.advance()
  return it
}

test('it is paused before anything else, and stays so after the rollback until somebody lets it go on', async () => {
  const it = await rolledBack()
  await it.reconcile()
  expect([it.sync.isPaused, it.platform.running]).toEqual([true, 'v2.2.1'])
  expect(await it.state()).toMatchObject({ phase: 'verifying', sync: { resumed: undefined } })

  const refused = await it.resume(people.outsider)
  const ordered = await it.resume()
  await it.reconcile()

  expect([refused.kind, ordered.kind]).toEqual(['refused', 'decided'])
  expect(it.sync.isPaused).toBe(false)
  expect(await it.told()).toEqual(['sync_resume_ordered', 'sync_resumed: person'])
  expect((await it.resume()).kind).toBe('refused')
})

test('somebody below whoever approved may not let it go on', async () => {
  const it = await syncedScene()
  await it.approve(people.manager)
  await it.advance()

  expect(await it.resume(people.onCall)).toMatchObject({
    kind: 'refused',
    refusal: { kind: 'below_approver', needs: 'engineering-manager' },
  })
})

describe('when its time is over', () => {
  test('it goes on by itself where Git has what runs, and the intent is written first', async () => {
    const it = await rolledBack()
    it.sync.look = { kind: 'keeps' }
    await database.moveClock(pause)
    await it.reconcile()

    expect(it.sync.isPaused).toBe(false)
    expect(await it.told()).toEqual(['sync_resume_ordered', 'sync_resumed: expired'])
  })

  test('people are reminded where that would take the rollback back, and again', async () => {
    const it = await rolledBack()
    await database.moveClock(pause)
    await it.reconcile()
    await it.reconcile()
    expect(it.sync.isPaused).toBe(true)
    expect(await it.told()).toEqual(['sync_reminded: Git has v2.3.0'])

    await database.moveClock(pause)
    await it.reconcile()
    expect(await it.told()).toHaveLength(2)

    await it.resume()
    await it.reconcile()
    expect(it.sync.isPaused).toBe(false)
  })

  test('nothing is done where somebody let it go on elsewhere', async () => {
    const it = await rolledBack()
    it.sync.look = { kind: 'goes_on', seen: bySomebody }
    await database.moveClock(pause)
    await it.reconcile()
    await it.reconcile()

    expect(await it.told()).toEqual(['sync_ended: undoes'])
  })
})

test('a pause that somebody else ended is told long before its time, and whoever decided is called', async () => {
  const it = await rolledBack()
  await it.reconcile()
  expect(await it.told()).toEqual([])
  const history = await it.history()
  const now = history.at(-1)?.at ?? instant(0)
  it.sync.look = { kind: 'goes_on', seen: bySomebody }

  await it.reconcile()
  await it.reconcile()

  expect(syncWake(history, now, aPolicy().rollback)).toBe(plus(now, minutes(5)))
  expect(await it.told()).toEqual(['sync_ended: undoes'])
  expect((await it.state()).sync).toMatchObject({
    resumed: 'elsewhere',
    paused: [{ ended: bySomebody }],
  })
  expect((await it.resume()).kind).toBe('refused')
})

describe('what somebody let go on, and may take the rollback back', () => {
  async function inDoubt() {
    const it = await rolledBack()
    it.sync.look = { kind: 'goes_on', seen: bySomebody }
    await it.reconcile()
    await it.reconcile()
    expect(await it.told()).toEqual(['sync_ended: undoes'])
    return it
  }

  test('is looked at again for as long as a pause lasts, and a later look settles it', async () => {
    const it = await inDoubt()
    const history = await it.history()
    const now = history.at(-1)?.at ?? instant(0)
    const over = plus(now, aPolicy().rollback.syncPauseMicros)
    expect(syncWake(history, now, aPolicy().rollback)).toBe(plus(now, minutes(5)))
    expect(syncWake(history, over, aPolicy().rollback)).toBeUndefined()

    it.sync.look = { kind: 'goes_on', seen: aSeenSync({ then: 'keeps', why: null }) }
    await it.reconcile()

    expect(await it.told()).toEqual(['sync_ended: undoes', 'sync_ended: keeps'])
    expect((await it.state()).sync?.resumed).toBe('elsewhere')
    expect(syncWake(await it.history(), now, aPolicy().rollback)).toBeUndefined()
  })

  test('is no doubt once it is switched off there, which is not for us to switch on; and one again when it is', async () => {
    const it = await inDoubt()
    it.sync.look = { kind: 'undoes', why: 'Git has v2.3.0' }
    await it.reconcile()
    const refused = await it.resume()
    it.sync.look = { kind: 'goes_on', seen: bySomebody }
    await it.reconcile()

    expect(refused.kind).toBe('refused')
    expect(await it.told()).toEqual(['sync_ended: undoes', 'sync_ended: off', 'sync_ended: undoes'])
  })

  test('stays in doubt where the platform does not answer, or says less than before', async () => {
    const it = await inDoubt()
    it.sync.look = { kind: 'goes_on', seen: aSeenSync({ then: 'unknown' }) }
    await it.reconcile()
    it.sync.isAway = true
    await it.reconcile()

    expect(await it.told()).toEqual(['sync_ended: undoes'])
  })
})

describe('where two were paused', () => {
  const both = ['shop', 'edge']
  async function bothPaused() {
    const it = await syncedScene(false, both)
    await it.approve()
    await it.advance()
    expect(it.sync.switched).toEqual(['pause shop', 'pause edge'])
    return it
  }

  test('what somebody let go on by hand is not switched on once more by a resume of the rest', async () => {
    const it = await bothPaused()
    it.sync.lookOf.set('shop', { kind: 'goes_on', seen: bySomebody })
    await it.reconcile()

    await it.resume()
    await it.reconcile()

    expect(it.sync.switched.slice(2)).toEqual(['resume edge'])
    expect(await it.told()).toEqual([
      'sync_ended: undoes',
      'sync_resume_ordered',
      'sync_resumed: person',
    ])
  })

  test('what a resume that failed has let go on is written down, and blamed on nobody else', async () => {
    const it = await bothPaused()
    await it.resume()
    it.sync.lookOf.set('edge', { kind: 'goes_on', seen: aSeenSync({ by: 'countermand' }) })
    const { switched } = it.sync
    const failing = new NotAllowed('patch', 'applications')
    it.troubles.push(undefined, failing)
    await it.reconcile()
    expect(switched.slice(2)).toEqual(['resume edge'])
    await it.reconcile()

    expect((await it.told()).map((one) => one.split(': ')[0])).toEqual([
      'sync_resume_ordered',
      'sync_resumed',
      'sync_failed',
    ])
    expect((await it.state()).sync?.resumed).toBeUndefined()

    await it.resume()
    await it.reconcile()
    expect(switched.slice(2)).toEqual(['resume edge', 'resume shop'])
    expect((await it.state()).sync?.resumed).toBe('person')
  })
})

describe('trouble', () => {
  test('a platform that is away is asked again, and the record says so once', async () => {
    const it = await rolledBack()
    await it.resume()
    it.troubles.push(new Error('connection refused'), new Error('connection refused'))
    await expect(it.reconcile()).rejects.toThrow('connection refused')
    await expect(it.reconcile()).rejects.toThrow('connection refused')
    await it.reconcile()

    expect(it.sync.isPaused).toBe(false)
    expect((await it.told()).slice(1)).toEqual([
      'sync_failed: connection refused',
      'sync_resumed: person',
    ])
  })

  test('what is refused is not tried for ever: it may be ordered again', async () => {
    const it = await rolledBack()
    await it.resume()
    it.troubles.push(new NotAllowed('patch', 'applications'))
    await it.reconcile()
    await it.reconcile()
    expect(it.sync.isPaused).toBe(true)

    await it.resume()
    await it.reconcile()
    expect(it.sync.isPaused).toBe(false)
  })
})

test('it goes on last when the rollback is taken back', async () => {
  const it = await rolledBack()
  await it.flows.undo({ ...it.click(people.onCall), reason: 'it was not the version' })
  await it.advance()

  expect([it.sync.isPaused, it.platform.running]).toEqual([false, 'v2.3.0'])
  expect((await it.state()).sync?.resumed).toBe('undone')
  expect((await it.resume()).kind).toBe('refused')
})

test('what the first way paused is let go on although the second one pauses nothing', async () => {
  const it = await syncedScene(true)
  await it.approve()
  it.platform.stalled = true
  const working = it.advance()
  await expect.poll(async () => (await it.state()).phase).toBe('settling')
  await database.moveClock(seconds(11))
  await expect.poll(it.kinds).toContain('budget_spent')
  await it.flows.nextWay(it.click(people.teamLead))
  await working
  await it.advance()
  it.platform.stalled = false
  expect((await it.state()).plan?.pauses).toBeUndefined()
  await it.approve(people.teamLead)
  await it.advance()
  expect([it.sync.isPaused, it.platform.running]).toEqual([true, 'v2.2.1'])

  await it.resume(people.teamLead)
  await it.reconcile()

  expect(it.sync.isPaused).toBe(false)
  expect(await it.told()).toEqual(['sync_resume_ordered', 'sync_resumed: person'])
})

test('where the second way is taken back, what the first one paused stays so until somebody lets it go on', async () => {
  const it = await syncedScene(true)
  await it.approve()
  it.platform.stalled = true
  const working = it.advance()
  await expect.poll(async () => (await it.state()).phase).toBe('settling')
  await database.moveClock(seconds(11))
  await expect.poll(it.kinds).toContain('budget_spent')
  await it.flows.nextWay(it.click(people.teamLead))
  await working
  await it.advance()
  it.platform.stalled = false
  await it.approve(people.teamLead)
  await it.advance()

  await it.flows.undo({ ...it.click(people.teamLead), reason: 'it was not the version' })
  await it.advance()

  expect([it.sync.isPaused, it.platform.running]).toEqual([true, 'v2.3.0'])
  expect((await it.state()).sync).toMatchObject({
    resumed: undefined,
    paused: [{ name: 'Application argocd/shop' }],
  })
  await it.resume(people.teamLead)
  await it.reconcile()
  expect(it.sync.isPaused).toBe(false)
})

test('where it could not be paused nothing was, and nothing is let go on', async () => {
  const it = await syncedScene()
  it.troubles.push(new Superseded('how it syncs was changed meanwhile'))
  await it.approve()
  await it.advance()

  expect(it.platform.running).toBe('v2.3.0')
  expect((await it.state()).sync).toBeUndefined()
})
