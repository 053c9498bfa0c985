import { fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { directory } from '#directory/index.ts'
import { personId } from '#domain/ids.ts'
import { startJobs } from '#jobs/index.ts'
import { leaseMs } from '#jobs/liveness.ts'
import { startEmbedded } from '#postgres/embedded.ts'
import { timeline } from '#postgres/timeline.ts'
import { slackClient } from '#slack/client.ts'
import { idleTasks } from '../jobs/idle-tasks.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { edgeWorld } from '../slack/edge-world.ts'
import { aService } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

/* What is promised in seconds, by the clock on the wall: for a machine that has time. `npm test` shows the same without a clock. */

const begun = async <Result>(work: () => Promise<Result>) => {
  const from = performance.now()
  const result = await work()
  return { result, tookMs: performance.now() - from }
}

async function anEdge() {
  const world = await edgeWorld({}, { editEveryMs: 1_000 })
  onTestFinished(() => world.close())
  return world
}

test.each([
  ['T103', 'SIGKILL', 0, 2_000],
  ['T105', 'SIGSTOP', leaseMs - 1_000, leaseMs + 2_000],
] as const)(
  '%s what a replica was doing that met %s is taken over in time',
  async (_threat, signal, least, most) => {
    const database = await freshDatabase()
    onTestFinished(() => database.close())
    const store = timeline(database.pools.decisions, [key])
    const worker = fileURLToPath(new URL('../jobs/worker.ts', import.meta.url))
    const child = fork(worker, [database.url], { execArgv: [] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    const incident = anIncident()
    await store.append(incident, 0, aChange({ jobs: ['advance'] }))
    await once(child, 'message')
    const ran: string[] = []
    const jobs = await startJobs({
      pool: database.pools.work,
      log: silent,
      tasks: {
        ...idleTasks,
        advance: async (id) => void ran.push(id),
      },
    })
    onTestFinished(() => jobs.stop())

    const { tookMs } = await begun(async () => {
      child.kill(signal)
      await jobs.settled()
    })

    expect(ran).toEqual([incident])
    expect(tookMs).toBeGreaterThan(least)
    expect(tookMs).toBeLessThan(most)
  },
)

test('T105 a process that froze with a stream in its hands lets go of it with its lease', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.close())
  const store = timeline(database.pools.work, [key])
  const incident = anIncident()
  await store.append(incident, 0, aChange({ events: [declared()] }))
  const worker = fileURLToPath(new URL('../jobs/freezing-worker.ts', import.meta.url))
  const child = fork(worker, [database.url, incident], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const held = `SELECT FROM pg_stat_activity
                 WHERE datname = current_database() AND state = 'idle in transaction'`
  await expect.poll(async () => (await database.owner.query(held)).rowCount).toBe(1)

  const { tookMs } = await begun(() => store.append(incident, 1, aChange()))

  expect(tookMs).toBeLessThan(leaseMs + 2_000)
})

test('T014 when nothing can be written down the person is told within 3 s', async () => {
  const world = await anEdge()
  const gate = Promise.withResolvers<void>()
  world.before = () => gate.promise
  const body = new URLSearchParams({
    command: '/rollback',
    text: 'help',
    user_id: 'U0ONCALL01',
    team_id: 'T0EXAMPLE1',
    channel_id: 'C0CHECKOUT',
    api_app_id: 'A0COUNTERM',
    trigger_id: '1.2',
  }).toString()
  const stamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', world.signingSecret).update(`v0:${stamp}:${body}`)
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': stamp,
    'x-slack-signature': `v0=${mac.digest('hex')}`,
  }

  const { result, tookMs } = await begun(() =>
    fetch(`${world.url}/slack/events`, { method: 'POST', body, headers }),
  )
  gate.resolve()

  expect(await result.text()).toContain('Not recorded')
  expect(tookMs).toBeLessThan(3_000)
})

test('T017 half-sent requests are closed within 10 s', async () => {
  const { url } = await anEdge()
  const half = () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf')
    return once(socket, 'close')
  }

  const { tookMs } = await begun(() => Promise.all(Array.from({ length: 200 }, half)))

  expect(tookMs).toBeLessThan(10_500)
})

test('a Slack that does not answer is given up after 1.5 s', async () => {
  const { slack } = await anEdge()
  const who = directory({
    client: slackClient({ botToken: 'xoxb-pretend-token-for-tests', apiUrl: slack.apiUrl }, silent),
    roles: {
      'on-call-engineer': { slackUserGroup: 'checkout-oncall' },
      'team-lead': { members: ['U0LEAD0001'] },
      'engineering-manager': { members: ['U0MANAGER1'] },
      'vp-engineering': { members: ['U0VPENG001'] },
      executive: { members: ['U0CEO00001'] },
    },
    log: silent,
  })
  slack.faults.blackHole(true)

  const { tookMs } = await begun(() =>
    who.standing(personId('T0EXAMPLE1:U0ONCALL01'), aService(), AbortSignal.timeout(30_000)),
  )
  slack.faults.clear()

  expect(tookMs).toBeLessThan(2_500)
})

test('a database of our own starts from nothing within 8 s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'in-time-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // The server may run under an account of its own.
  await chmod(folder, 0o755)

  const { result, tookMs } = await begun(() =>
    startEmbedded({ dataDir: join(folder, 'data'), log: silent }),
  )
  await result.stop()

  expect(tookMs).toBeLessThan(8_000)
})
