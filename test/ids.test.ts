import { expect, test } from 'vitest'
import { ids } from '../src/ids.ts'
import { mrkdwn } from '#slack/views/markup.ts'

test('the id of a rollback is the same on a card as in the name of a file', () => {
  const all = Array.from({ length: 500 }, () => ids.rollback())

  expect(all.filter((id) => !/^rb_[a-z2-9]{20}$/.test(id))).toEqual([])
  expect(new Set(all).size).toBe(500)
  for (const id of all) expect(mrkdwn`/backups/${id}.dump`.markup).toBe(`/backups/${id}.dump`)
})
