import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('every question is answered in one sentence that says what to do', async () => {
  play = await stage()
  await play.types('onCall', '/rollback chekout')
  await play.types('onCall', '/rollback сheckout')
  await play.types('onCall', '/rollback checkout --to v9.9.9')
  await play.types('onCall', '/rollback checkout --to v2.2.1')
  await play.types('onCall', '/rollback checkout --force')
  await play.types('onCall', '/rollback checkout; rm -rf /')
  await play.types('onCall', '/rollback checkout --since 2026-11-22T10:00Z')
  await play.types('onCall', '/rollback help')
  await play.types('onCall', '/rollback status checkout')
  await play.types('onCall', '/rollback history checkout')
  await play.types('onCall', '/rollback checkout --dry-run')
  await play.types('onCall', '/promote checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('questions'))
})

test('a guest and a partner may not ask, and a dry run writes nothing', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('guest', '/rollback checkout', 'incidents')
  await play.types('external', '/rollback checkout', 'incidents')
  await play.types('onCall', '/rollback checkout --dry-run')

  expect(await play.world.archive.list()).toEqual([])
  await expect(play.screenplay()).toMatchFileSnapshot(golden('who-may-ask'))
})

test('two people ask for the same at once', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.types('teamLead', '/rollback checkout --reason "it is broken"')
  await play.types('onCall', '/rollback status checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('asked-twice'))
})
