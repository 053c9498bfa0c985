import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownDatabase } from './own-database.ts'

let world: Awaited<ReturnType<typeof ownDatabase>>
let disk = ''
let isSmall = false

beforeEach(async () => {
  world = await ownDatabase((folder) => {
    disk = join(folder, 'first')
    mkdirSync(disk)
    try {
      execFileSync(
        'mount',
        ['-t', 'tmpfs', '-o', 'size=300m,mode=777', 'countermand-chaos', disk],
        {
          stdio: 'ignore',
        },
      )
      isSmall = true
    } catch {
      // Not everybody may mount: there the server is made to say what it says when its disk is full.
      rmSync(disk, { recursive: true })
    }
  })
})
afterEach(() => world.close(() => isSmall && execFileSync('umount', [disk])))

test('T111 the database has no room left for a while', async () => {
  const { first, play, endsWell } = world
  const full = isSmall ? fillDisk : () => first.run(...pretendFull)
  const free = isSmall
    ? async () => rmSync(join(disk, 'filling'))
    : () =>
        first.run(`DROP TRIGGER full_disk ON inbox`, `DROP TRIGGER full_disk ON timeline_events`)

  await full()
  await sleep(2_000)
  await play.approves('awaiting')
  await play.told(/Not recorded|did not answer/)
  await free()
  const took = await endsWell()

  console.log(
    `a full disk${isSmall ? '' : ' (pretended)'}: done ${took} ms after there is room again`,
  )
  expect(took).toBeLessThan(20_000)
})

/** To the last byte; then rows of others take what is left on the pages. */
async function fillDisk(): Promise<void> {
  const piece = Buffer.alloc(1_000_000)
  const path = join(disk, 'filling')
  for (const size of [piece.length, 10_000, 500])
    for (;;)
      try {
        writeFileSync(path, piece.subarray(0, size), { flag: 'a' })
      } catch {
        break
      }
  const { first } = world
  await first
    .run(
      `INSERT INTO people (id, display_name, seen_at) SELECT g, repeat('x', 1000), now() FROM generate_series(1, 100000) g`,
    )
    .catch(() => undefined)
}

const pretendFull = [
  `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql
     AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
  `CREATE TRIGGER full_disk BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION full_disk()`,
  `CREATE TRIGGER full_disk BEFORE INSERT ON timeline_events FOR EACH ROW EXECUTE FUNCTION full_disk()`,
]
