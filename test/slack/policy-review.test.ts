import { afterEach, beforeEach, expect, test } from 'vitest'
import { theConfiguration } from '#domain/ids.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { micros } from '#domain/time.ts'
import type { Policy } from '#domain/policy.ts'
import { noteConfiguration } from '#workflows/incident/note-configuration.ts'
import { aPolicy } from '../support/builders.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
afterEach(() => world.close())
beforeEach(async () => {
  world = await edgeWorld()
})

const loose = aPolicy({
  hash: 'bbbbbbbbbbbb-anybody',
  matrix: [{ fromMicros: micros(0), mayAuthorize: 'on-call-engineer', notify: [] }],
})
const starts = async (policy: Policy) => {
  await noteConfiguration({ timeline: world.record, policy }, `file of ${policy.hash}`)
  await world.settle()
}
const types = async (who: string, words: string) => {
  await world.slack.as(who).command(`/rollback policy${words}`, { channel: 'checkout' })
  await world.settle()
  return world.lastSaid(who)
}
const announced = () => {
  const id = world.slack.channels().find(({ name }) => name === 'incidents')?.id ?? ''
  return world.slack.messages(id).map(({ message }) => world.slack.words(message))
}

test('T154: a changed matrix is told where announcements go, with what it changes, to those who can review it, until two have', async () => {
  await starts(aPolicy())
  expect(announced()).toEqual([])

  await starts(loose)
  expect(announced()).toEqual([
    expect.stringMatching(
      /who may decide.*may decide from 15 min on: team lead → on-call engineer.*policy review bbbbbbbbbbbb/s,
    ),
  ])

  expect(await types('vp', ' review 123456789012')).toContain('not the version that waits')
  expect(await types('vp', ' review bbbbbbbbbbbb')).toContain('A second person is needed')
  expect(await types('vp', ' review bbbbbbbbbbbb')).toContain('counts already')
  expect(await types('onCall', ' review bbbbbbbbbbbb')).toContain('Reviewed by two people')
  expect(await types('onCall', '')).toContain('waits for no review')
  expect(announced()).toHaveLength(3)
  const kept = (await world.record.read(theConfiguration)).map(({ event }) => event)
  expect(kept.map(({ kind }) => kind)).toEqual([
    'configuration_changed',
    'configuration_changed',
    'policy_reviewed',
    'policy_reviewed',
  ])
  expect(kept[1]).toMatchObject({ policy: pinnedPolicy(loose) })
})
