import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { deskWorld, type Ran, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
let proposed: Ran
let id: string
beforeAll(async () => {
  desk = await deskWorld()
  shipBad(desk.world.cluster, 'checkout', 'errors')
  await desk.world.clock.move(2)
  proposed = await desk.types('onCall', ['rollback', 'checkout', '--reason', 'errors after deploy'])
  id = rollbackIn(proposed)
})
afterAll(() => desk.close())

/** The minute in which recovery is measured passes as soon as it begins. */
const minutePasses = (text: string): boolean => {
  if (text.includes('now checking that it recovers')) void desk.world.clock.move(2)
  // A figure that is just above normal is measured again over a longer time.
  if (text.includes('is being checked for recovery')) void desk.world.clock.move(1)
  return false
}
const lastLine = ({ err }: Ran): string | undefined => err.split('\n').at(-1)

test('the plan is shown as on the card, with who may decide and what to type', () => {
  expect(proposed.code).toBe(0)
  expect(proposed.out).toContain('Roll back checkout: v2.3.0 → v2.2.1')
  expect(proposed.out).toMatch(/^What changes {2}image checkout:2\.3\.0@sha256:/m)
  expect(proposed.out).toMatch(/^Who decides {2}on-call engineer until/m)
  expect(proposed.out).toContain(`countermand approve ${id}\n`)
  expect(proposed.out).not.toMatch(/<[@#h]|&amp;|\*Who/)
  expect(proposed.err).toContain('enter  WDJB-MJHT')
})

test('a group that only Slack knows lets nobody in, and the way out is said', async () => {
  const refused = await desk.types('onCall', ['approve', id], ['checkout'])

  expect(refused.code).toBe(1)
  expect(lastLine(refused)).toContain(`they type “countermand approve ${id}”`)
  expect(refused.err).toContain(
    'I cannot see who is on-call engineer at the moment: Slack user groups does not answer, and nobody is let in on a guess. The team lead can decide, or break glass and say why. Nothing was done.',
  )
})

test('whoever the configuration maps to nobody is a stranger: refused in Slack’s words, and recorded', async () => {
  const refused = await desk.types('stranger', ['approve', id], ['checkout'])
  const asking = await desk.types('stranger', ['rollback', 'cart', '--reason', 'slow since noon'])

  expect(refused.code).toBe(1)
  expect(lastLine(refused)).toBe(
    'I do not know this account. Ask somebody of the service’s team in this channel.',
  )
  expect(asking.err).toContain('I do not know this account. Ask a member of the service’s team')
  const { rows } = await desk.database.owner.query<{ actor: string }>(
    `SELECT actor FROM timeline_events WHERE kind = 'decision_refused' AND payload -> 'because' ->> 'kind' = 'not_a_member'`,
  )
  expect(rows).toEqual([{ actor: expect.stringMatching(/^terminal:[0-9a-f]{16}$/) }])
})

test('the name of the service must be typed, and a script must name the plan', async () => {
  const mistyped = await desk.types('teamLead', ['approve', 'checkout'], ['chekout'])
  const unasked = await desk.types('teamLead', ['approve', 'checkout'])
  const blind = await desk.types('teamLead', ['approve', 'checkout', '--yes'])
  const stale = await desk.types('teamLead', ['approve', id, '--yes', '--plan', 'f'.repeat(64)])

  expect(lastLine(mistyped)).toBe('That is not its name. Nothing was done.')
  expect(lastLine(unasked)).toContain('Nobody is here to be asked.')
  expect(blind.code).toBe(2)
  expect(lastLine(stale)).toContain('This plan changed after you opened it')
})

test('the same commands say what was not understood', async () => {
  const close = await desk.types('teamLead', ['rollback', 'chekout', '--reason', 'errors'])
  const none = await desk.types('teamLead', ['rollback'])
  const flag = await desk.types('teamLead', ['rollback', 'checkout', '--to', 'latest'])
  const unknown = await desk.types('teamLead', ['cancel', 'rb_unknown'])

  expect(close.err).toContain('Did you mean checkout?')
  expect(none.err).toContain('Name the service: checkout, payments, cart')
  expect(flag.err).toContain('“latest” names no version that stays')
  expect(unknown.err).toContain('I looked for a rollback rb_unknown and found nothing')
})

test('T122 with Slack away the team lead approves, and follows it until it is verified', async () => {
  const approved = await desk.types('teamLead', ['approve', 'checkout'], ['checkout'], {
    onOut: minutePasses,
  })

  expect(approved.code).toBe(0)
  expect(approved.out).toContain('Approved as team lead.')
  expect(approved.out).toMatch(/execution began\n[^]*12 of 12 ready\n[^]*recovered: ✓/)
  expect(approved.out).toContain('checkout is back on v2.2.1 and recovering')
})

test('what was decided at the terminal is shown in Slack, and on the timeline under the same person', async () => {
  await desk.world.app.jobs.settled()

  expect(desk.world.slack.transcript()).toContain('checkout is back on v2.2.1')
  const { rows } = await desk.database.owner.query<{ actor: string; delivery: string }>(
    `SELECT actor, payload ->> 'delivery' AS delivery FROM timeline_events WHERE kind = 'approval_given'`,
  )
  expect(rows).toEqual([
    { actor: 'T0EXAMPLE1:U0LEAD0001', delivery: expect.stringMatching(/^terminal:/) },
  ])
})

test('status and history need nobody to be known', async () => {
  const status = await desk.types([], ['status', 'checkout'])
  const history = await desk.types([], ['history', 'checkout'])

  expect(status.out).toContain('checkout runs v2.2.1')
  expect(history.out).toContain('v2.2.1')
  expect(status.err + history.err).toBe('')
})

test('a hold is lifted with a reason by the level that approved', async () => {
  const without = await desk.types('teamLead', ['lift-hold', 'checkout'])
  const lifted = await desk.types('teamLead', [
    'lift-hold',
    'checkout',
    '--reason',
    'the fix is in the next build',
  ])

  expect(without.code).toBe(2)
  expect(lifted).toMatchObject({
    code: 0,
    out: expect.stringContaining('Hold lifted as team lead'),
  })
})
