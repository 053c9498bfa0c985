import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { directory } from '#directory/index.ts'
import { slackUserGroups } from '#directory/slack-usergroup.ts'
import { personId, serviceId } from '#domain/ids.ts'
import type { Directory } from '#ports/directory.ts'
import { type PretendSlack, startSlack } from '#sandbox/slack/index.ts'
import { exampleChannels, exampleUserGroups, exampleUsers } from '#sandbox/slack/people.ts'
import { slackClient } from '#slack/client.ts'
import { aService } from '../support/builders.ts'
import { silent } from '../support/database-server.ts'

let slack: PretendSlack
let who: Directory
beforeAll(async () => {
  slack = await startSlack({
    signingSecret: '0123456789abcdef0123456789abcdef',
    botToken: 'xoxb-pretend-token-for-tests',
    users: exampleUsers,
    userGroups: exampleUserGroups,
    channels: exampleChannels,
  })
})
afterAll(() => slack.close())

/** A new one for each test: it remembers for ten seconds. */
beforeEach(() => {
  slack.faults.clear()
  slack.setUserGroup('checkout-oncall', ['U0ONCALL01'])
  who = directory({
    client: slackClient({ botToken: 'xoxb-pretend-token-for-tests', apiUrl: slack.apiUrl }, silent),
    roles: {
      'on-call-engineer': { slackUserGroup: 'checkout-oncall' },
      'team-lead': { slackUserGroup: 'payments-leads', members: ['U0LEAD0002'] },
      'engineering-manager': { members: ['U0MANAGER1'] },
      'vp-engineering': { members: ['U0VPENG001'] },
      executive: { members: ['U0CEO00001'] },
    },
    log: silent,
  })
})

const signal = (): AbortSignal => AbortSignal.timeout(45_000)
const home = (user: string) => personId(`T0EXAMPLE1:${user}`)
const standing = (user: string) => who.standing(home(user), aService(), signal())

test('a member of a user group holds its role, and nothing is unknown', async () => {
  expect(await standing('U0ONCALL01')).toEqual({
    kind: 'member',
    person: home('U0ONCALL01'),
    identity: 'noor@shop.example',
    roles: ['on-call-engineer'],
    unknown: [],
  })
})

test('whoever the configuration names holds the role as well', async () => {
  expect(await standing('U0MANAGER1')).toMatchObject({ roles: ['engineering-manager'] })
})

test('both parts of a source count together', async () => {
  const { people, down } = await who.holders('team-lead', aService(), signal())

  expect(people.toSorted()).toEqual([home('U0LEAD0001'), home('U0LEAD0002')])
  expect(down).toEqual([])
})

test('a service’s own source replaces the organisation’s', async () => {
  const own = aService({
    id: serviceId('payments'),
    roles: { 'on-call-engineer': { members: ['U0OUTSIDE1'] } },
  })

  expect((await who.holders('on-call-engineer', own, signal())).people).toEqual([
    home('U0OUTSIDE1'),
  ])
})

test('T027 T029 roles are those of the moment, for somebody new to the group and somebody who left', async () => {
  slack.setUserGroup('checkout-oncall', ['U0OUTSIDE1'])

  expect(await standing('U0OUTSIDE1')).toMatchObject({ roles: ['on-call-engineer'] })
  expect(await standing('U0ONCALL01')).toMatchObject({ roles: [] })
})

test.each([
  ['T010', 'U0GUEST001', 'guest'],
  ['T009', 'U0EXTERN01', 'external'],
  ['T010', 'U0COUNTERM', 'bot'],
  ['T010', 'U0NOBODY99', 'unknown'],
])('%s %s is an outsider: %s', async (_threat, user, why) => {
  expect(await standing(user)).toMatchObject({ kind: 'outsider', why })
})

test('T010 somebody who was deactivated is an outsider', async () => {
  slack.changeUser('U0VPENG001', { deactivated: true })
  const found = await standing('U0VPENG001')
  slack.changeUser('U0VPENG001', { deactivated: false })

  expect(found).toMatchObject({ kind: 'outsider', why: 'deactivated' })
})

test('T009 somebody of another workspace is an outsider, whatever their id is', async () => {
  const found = await who.standing(personId('T0PARTNER1:U0ONCALL01'), aService(), signal())

  expect(found).toMatchObject({ kind: 'outsider', why: 'external' })
})

test.each([
  ['T010 a guest', 'T0EXAMPLE1:U0GUEST001', 'U0GUEST001', 'guest'],
  [
    'T009 somebody of another workspace',
    'T0PARTNER1:U0EXTERN01',
    'T0PARTNER1:U0EXTERN01',
    'external',
  ],
])(
  '%s holds a role only where the configuration names them, whatever their groups say',
  async (_who, id, name, why) => {
    const [, user = ''] = id.split(':')
    slack.setUserGroup('checkout-oncall', [user])
    const mapping = aService({ roles: { 'team-lead': { members: [name] } } })

    const unnamed = await who.standing(personId(id), aService(), signal())
    const named = await who.standing(personId(id), mapping, signal())

    expect(unnamed).toMatchObject({ kind: 'outsider', why })
    expect(named).toMatchObject({ kind: 'member', roles: ['team-lead'], unknown: [] })
  },
)

test('T009 while Slack is away a stranger is a stranger, named or not', async () => {
  slack.faults.refuse('users.info', 'internal_error')
  await who.standing(home('U0ONCALL01'), aService(), signal())
  const mapping = aService({ roles: { 'team-lead': { members: ['T0PARTNER1:U0EXTERN01'] } } })

  const found = await who.standing(personId('T0PARTNER1:U0EXTERN01'), mapping, signal())

  expect(found).toMatchObject({ kind: 'outsider', why: 'external' })
})

test('T009 whoever claims another workspace than Slack knows them by is nobody, named or not', async () => {
  const claimed = 'T0PARTNER1:U0ONCALL01'
  const mapping = aService({ roles: { 'team-lead': { members: [claimed] } } })

  const found = await who.standing(personId(claimed), mapping, signal())

  expect(found).toMatchObject({ kind: 'outsider', why: 'external' })
})

test('T010 a guest who was deactivated holds nothing, named or not', async () => {
  slack.changeUser('U0GUEST001', { deactivated: true })
  const mapping = aService({ roles: { 'team-lead': { members: ['U0GUEST001'] } } })
  const found = await who.standing(home('U0GUEST001'), mapping, signal())
  slack.changeUser('U0GUEST001', { deactivated: false })

  expect(found).toMatchObject({ kind: 'outsider', why: 'deactivated' })
})

test('T023 two accounts with one verified address are one human', async () => {
  slack.changeUser('U0LEAD0002', { email: 'Lena@Shop.example' })
  const [first, second] = await Promise.all([standing('U0LEAD0001'), standing('U0LEAD0002')])
  slack.changeUser('U0LEAD0002', { email: 'lena+second@shop.example' })

  expect(first.kind === 'member' && first.identity).toBe('lena@shop.example')
  expect(second.kind === 'member' && second.identity).toBe('lena@shop.example')
})

test('T023 an address that Slack has not verified makes nobody somebody else', async () => {
  slack.changeUser('U0LEAD0002', { email: 'lena@shop.example', isUnconfirmed: true })
  const found = await standing('U0LEAD0002')
  slack.changeUser('U0LEAD0002', { email: 'lena+second@shop.example', isUnconfirmed: false })

  expect(found.kind === 'member' && found.identity).toBe('T0EXAMPLE1:U0LEAD0002')
})

test('T030 a source that is down is named, and nobody is in or out on a guess', async () => {
  slack.faults.refuse('usergroups.users.list', 'internal_error')

  const found = await standing('U0ONCALL01')
  const holders = await who.holders('on-call-engineer', aService(), signal())

  expect(found).toMatchObject({
    kind: 'member',
    roles: [],
    unknown: [
      { role: 'on-call-engineer', source: 'Slack user groups' },
      { role: 'team-lead', source: 'Slack user groups' },
    ],
  })
  expect(holders).toEqual({ people: [], down: ['Slack user groups'] })
})

test('T030 a group that does not exist is a source that is down, not an empty one', async () => {
  const service = aService({ roles: { 'on-call-engineer': { slackUserGroup: 'no-such-group' } } })

  expect(await who.holders('on-call-engineer', service, signal())).toEqual({
    people: [],
    down: ['Slack user groups'],
  })
})

test('T030 an empty group is nobody, and an answer without a list of people is no answer', async () => {
  slack.setUserGroup('checkout-oncall', [])
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"ok":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = slackClient({ botToken: 'xoxb-a', apiUrl: `http://127.0.0.1:${port}/` }, silent)
  const groups = slackUserGroups(client, async () => 'T0EXAMPLE1')

  const empty = await who.holders('on-call-engineer', aService(), signal())
  const unlisted = groups.members({ slackUserGroup: 'S0ONCALL01' }, signal())

  await expect(unlisted).rejects.toThrow('Slack did not list @S0ONCALL01')
  expect(empty).toEqual({ people: [], down: [] })
  server.closeAllConnections()
  server.close()
})

test('a Slack that does not answer is given up, with every role unknown', async () => {
  slack.faults.blackHole(true)

  // That this takes 1.5 s is measured in `npm run test:chaos`.
  const found = await standing('U0ONCALL01')

  expect(found).toMatchObject({ kind: 'member', roles: [] })
  expect(found.kind === 'member' && found.unknown.map(({ role }) => role)).toHaveLength(5)
})

test('several questions at once are one question to Slack', async () => {
  const asked = () => slack.calls().filter(({ method }) => method === 'users.info').length
  const before = asked()

  await Promise.all([standing('U0ONCALL01'), standing('U0ONCALL01'), standing('U0ONCALL01')])

  expect(asked() - before).toBe(1)
})
