import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { deskWorld, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  desk = await deskWorld({ freeze: false })
  shipBad(desk.world.cluster, 'checkout', 'errors')
})
afterAll(() => desk.close())

const said =
  /^This terminal reads another configuration \(version [0-9a-f]{12}\) than the server was last started with \(version [0-9a-f]{12}\): who holds which role is as this file says, so take the server’s own unless you know why they differ\.$/m
/** The server's file, in which one person is somebody else. */
function changedFile(): string {
  const file = join(desk.folder, 'mine.yaml')
  writeFileSync(file, readFileSync(desk.file, 'utf8').replaceAll('karin@', 'nobody@'))
  return file
}

test('with the server’s own file nothing is said', async () => {
  const asked = await desk.types('teamLead', ['rollback', 'checkout', '--reason', 'errors'])

  expect(rollbackIn(asked)).toMatch(/^rb_/)
  expect(asked.err).not.toContain('another configuration')
})

test('a terminal with another file says so before anybody is asked who they are, and before anything is decided', async () => {
  const asked = await desk.types('teamLead', ['cancel', 'checkout', '--config', changedFile()])

  expect(asked.err).toMatch(said)
  expect(asked.err.search(said)).toBeLessThan(asked.err.indexOf('Who are you?'))
})

test('who only reads is not told', async () => {
  const read = await desk.types([], ['status', 'checkout', '--config', changedFile()])

  expect(read.code).toBe(0)
  expect(read.err).not.toContain('another configuration')
})
