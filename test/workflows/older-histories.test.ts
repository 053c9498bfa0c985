import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { assessmentState } from '#domain/assessment/state.ts'
import { automationState } from '#domain/automation/state.ts'
import { timelineMarkdown } from '#domain/communication/export.ts'
import {
  type IncidentId,
  incidentId,
  isAssessment,
  isAutomation,
  personId,
  rollbackId,
  serviceId,
} from '#domain/ids.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { rollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, instant, minutes, seconds } from '#domain/time.ts'
import { StoredEvent } from '#postgres/schema.ts'
import { timeline } from '#postgres/timeline.ts'
import type { Timeline } from '#ports/store.ts'
import { workflows } from '#workflows/index.ts'
import { key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene, type Scene } from '../support/scripted-world.ts'

let database: TestDatabase
let clock: Pick<Timeline, 'now'>
beforeAll(async () => {
  database = await freshDatabase()
  clock = timeline(database.pools.work, [key])
})
afterAll(() => database.close())

/** What earlier versions of the program wrote, byte for byte: test/fixtures/histories/README.md. */
const Row = z.object({
  seq: z.number(),
  at: z.number().transform(instant),
  actor: z.literal('countermand').or(z.string().transform(personId)),
  event: StoredEvent,
})
const Written = z.object({
  service: z.string().transform(serviceId),
  incident: z.string().transform(incidentId),
  rollback: z.string().transform(rollbackId),
  history: z.array(Row),
})
const Scenes = z.object({ streams: z.record(z.string().transform(incidentId), z.array(Row)) })
const folder = 'test/fixtures/histories'
const files = globSync(`${folder}/*-{stable,undone}.json`).map((path) => basename(path, '.json'))
const signal = new AbortController().signal

let times = 0
/**
 * As it was written, with names of its own, so that nothing is in the way of the next test. All moments in it are moved together, so that
 * row `last` has just been written when it is `now`.
 */
function written(file: string, last = 1, now?: Instant) {
  times += 1
  const text = readFileSync(`${folder}/${file}.json`, 'utf8')
  const end = Written.parse(JSON.parse(text)).history[last - 1]?.at ?? 0
  const by = now === undefined ? 0 : now - end
  return Written.parse(
    JSON.parse(
      text
        .replaceAll(/checkout-\d+/g, `older-${times}`)
        .replaceAll(/\b1\d{15}\b/g, (moment) => String(Number(moment) + by)),
    ),
  )
}

/** Where the work of another version may have ended: from the approval to what comes after the last step of the rollback, or of its undo. */
function places(file: string): readonly number[] {
  const kinds = written(file).history.map(({ event: { kind } }) => kind)
  const isUndone = kinds.includes('undo_authorised')
  const first: TimelineEvent['kind'] = isUndone ? 'undo_authorised' : 'approval_given'
  const last: TimelineEvent['kind'] = isUndone ? 'undo_succeeded' : 'verified'
  return kinds.flatMap((_kind, at) =>
    at >= kinds.indexOf(first) && at <= kinds.indexOf(last) ? at + 1 : [],
  )
}

test.each(globSync(`${folder}/*-scenes.json`))(
  'T107 whatever an earlier version wrote of incidents, assessments and automation is understood and told: %s',
  (file) => {
    const { streams } = Scenes.parse(JSON.parse(readFileSync(file, 'utf8')))

    for (const [name, history] of Object.entries(streams)) {
      const stream = incidentId(name)
      for (const [at] of history.entries()) {
        const until = history.slice(0, at + 1)
        expect([name, at, stateOf(stream, until)]).not.toContain(undefined)
      }
      const isIncident = !isAssessment(stream) && !isAutomation(stream)
      const silent = isIncident ? (timelineMarkdown(stream, history).match(untold) ?? []) : []
      expect([name, silent]).toEqual([name, []])
    }
    const kinds = Object.values(streams).flatMap((rows) => rows.map(({ event }) => event.kind))
    expect(new Set(kinds).size).toBeGreaterThan(50)
  },
)

function stateOf(stream: IncidentId, history: History): object | undefined {
  if (isAssessment(stream)) return assessmentState(history)
  if (isAutomation(stream)) return automationState(history)
  return incidentState(history) && rollbacksOf(history)
}
/** A row of which nothing is said. */
const untold = /\| {2}\|$/gm

describe.each(files)('T107 the record of an earlier version, %s', (file) => {
  test('is understood and told, wherever it ends', () => {
    const { history, incident, rollback, service } = written(file)

    const told = history.map((_, at) => timelineMarkdown(incident, history.slice(0, at + 1)))

    expect(told.at(-1)?.match(untold) ?? []).toEqual([])
    expect(told.map((text) => text.split('\n').length)).toEqual(history.map((_, at) => at + 8))
    expect(incidentState(history)).toMatchObject({ service, closed: expect.anything() })
    const ends = file.endsWith('undone') ? 'undone' : 'stable'
    expect(rollbackState(history, rollback)?.phase).toBe(ends)
  })

  test('is carried on from every place in the middle of it, and the rollback is done once', async () => {
    const cuts = places(file)
    for (const cut of cuts) {
      const record = written(file, cut, await clock.now())
      const { history, incident, rollback } = record
      const { world, platform } = await leftBy(record, history.slice(0, cut))
      const flows = workflows(world)

      await flows.advance(incident, signal)
      await database.moveClock(seconds(61))
      await flows.advance(incident, signal)
      await database.moveClock(minutes(31))
      await flows.advance(incident, signal)
      await database.moveClock(minutes(125))
      await flows.advance(incident, signal)

      const after = await world.timeline.read(incident)
      expect(after.slice(0, cut).map(asWritten)).toEqual(history.slice(0, cut))
      expect([cut, rollbackState(after, rollback)?.phase]).toEqual([
        cut,
        rollbackState(history, rollback)?.phase,
      ])
      expect(incidentState(after)?.closed).toBeTruthy()
      expect(count(after, 'execution_completed')).toBe(1)
      expect(platform.running).toBe(file.endsWith('undone') ? 'v2.3.0' : 'v2.2.1')
      expect(platform.made.length).toBeLessThanOrEqual(1)
    }
    expect(cuts.length).toBeGreaterThan(2)
  })
})

/** Without when it was put into this test's record. */
const asWritten = ({ seq, at, actor, event }: Recorded): Recorded => ({ seq, at, actor, event })

const count = (history: History, ...kinds: readonly TimelineEvent['kind'][]): number =>
  history.filter(({ event }) => kinds.includes(event.kind)).length

/** A record and a platform as the earlier version left them. */
async function leftBy(
  { service, incident, rollback }: ReturnType<typeof written>,
  before: History,
): ReturnType<typeof aScene> {
  const state = rollbackState(before, rollback)
  if (!state?.plan) throw new Error('nothing was planned')
  const { target, from, to } = state.plan
  const scene = await aScene(database, { id: service, targets: [target] })
  await scene.world.timeline.append(incident, 0, {
    events: before.map(({ event }) => event),
    past: before.map(({ at, actor }) => ({ at, actor })),
    actor: 'countermand',
    notices: [],
    wakeAt: null,
    jobs: [],
    ...(isOpen(state) ? { claims: [{ rollback, workload: state.workload }] } : {}),
  })
  if (count(before, 'step_applied', 'step_succeeded') > 0) runs(scene, to.id)
  if (count(before, 'undo_applied', 'undo_succeeded') > 0) runs(scene, from.id)
  return scene
}

function runs({ platform }: Scene, version: string): void {
  platform.running = version
  platform.generation += 1
}
