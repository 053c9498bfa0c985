import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { timelineMarkdown } from '#domain/communication/export.ts'
import { incidentId, personId, promotionId } from '#domain/ids.ts'
import { promotionMove } from '#domain/promotion/next-move.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { instant } from '#domain/time.ts'
import { StoredEvent } from '#postgres/schema.ts'
import { timesOf } from '#workflows/promotion/record.ts'
import { workflows } from '#workflows/index.ts'
import { aPolicy } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aCanaryPlatform, withCanary } from '../../support/scripted-canary.ts'
import { aScene } from '../../support/scripted-world.ts'
import { counted, never } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** What earlier versions of the program wrote, byte for byte: test/fixtures/histories/README.md. */
const Written = z.object({
  streams: z.record(
    z.string(),
    z.array(
      z.object({
        seq: z.number(),
        at: z.number().transform(instant),
        actor: z.literal('countermand').or(z.string().transform(personId)),
        event: StoredEvent,
      }),
    ),
  ),
})
const folder = 'test/fixtures/histories'
const files = globSync(`${folder}/*-promotions.json`).map((path) => basename(path, '.json'))
const textOf = (file: string) => readFileSync(`${folder}/${file}.json`, 'utf8')
const read = (text: string) => Object.entries(Written.parse(JSON.parse(text)).streams)

test('there are records of earlier versions', () => {
  expect(files.length).toBeGreaterThan(0)
})

describe.each(files)('T107 the promotions of an earlier version, %s', (file) => {
  test('every row is understood, has words, and comes to what it came to then', async () => {
    const lines = read(textOf(file)).flatMap(([id, history]) => {
      expect([id, timelineMarkdown(incidentId(id), history).match(untold) ?? []]).toEqual([id, []])
      return [
        `== ${id}`,
        ...history.map(({ at, event }, index) => {
          const state = promotionState(history.slice(0, index + 1))
          if (!state) throw new Error(`${id} is not understood at row ${index + 1}`)
          const { kind } = promotionMove(state, at, timesOf(aPolicy()))
          return `${event.kind.padEnd(22)} ${state.phase.padEnd(10)} at ${state.step.share} % → ${kind}`
        }),
      ]
    })

    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../golden/${file}.txt`)
  })

  test('from every place it is carried on, and comes to rest', async () => {
    for (const [place, [id, rows]] of read(textOf(file)).entries())
      for (let last = 1; last <= rows.length; last += 1) {
        const { scene, platform, flows, promotion } = await writtenUpTo(file, place, last)
        await flows.advance(promotion, never)

        const state = promotionState(await scene.world.timeline.read(promotion))
        expect([id, last, state && isMoving(state) && state.phase !== 'verifying']).toEqual([
          id,
          last,
          false,
        ])
        expect(new Set(platform.made).size).toBe(platform.made.length)
      }
  }, 60_000)
})

/** A row of which nothing is said. */
const untold = /\| {2}\|$/gm

/** As it was written up to a row, as if that had just been written, with names of its own. */
async function writtenUpTo(file: string, place: number, last: number) {
  const scene = await aScene(database, { canary: counted, promotion: usualPromotion })
  const platform = aCanaryPlatform()
  const world = withCanary(scene.world, platform)
  const text = textOf(file)
  const end = read(text)[place]?.[1][last - 1]?.at ?? 0
  const by = (await world.timeline.now()) - end
  const [id = '', history = []] =
    read(
      text
        .replaceAll(/checkout-\d+/g, scene.service.id)
        .replaceAll(/\b1\d{15}\b/g, (moment) => String(Number(moment) + by)),
    )[place] ?? []
  const rows = history.slice(0, last)
  await world.timeline.append(incidentId(id), 0, {
    events: rows.map(({ event }) => event),
    actor: 'countermand',
    past: rows.map(({ at, actor }) => ({ at, actor })),
    notices: [],
    wakeAt: null,
    jobs: [],
  })
  return {
    scene: { ...scene, world },
    platform,
    flows: workflows(world),
    promotion: promotionId(id),
  }
}
