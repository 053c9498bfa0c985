import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { accounts, deskWorld } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
const children: ReturnType<typeof spawn>[] = []
beforeAll(async () => {
  desk = await deskWorld({
    more: 'policy: { verifyWindowSeconds: 2, verifyEverySeconds: 1 }',
    freeze: false,
  })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => desk.close())

const worker = fileURLToPath(new URL('./offline-worker.ts', import.meta.url))
const away = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }
const offline = ['rollback', 'checkout', '--without-database', '--reason', 'errors after deploy']
const made = () => desk.changesMade().length

/** How far the journal of a whole rollback has come when production was changed, in blocks of 512 bytes. */
async function blocksUntilApplied(): Promise<number> {
  shipBad(desk.world.cluster, 'checkout', 'errors')
  const done = await desk.types(['vp', 'ceo'], offline, ['checkout', 'checkout'], {
    variables: away,
  })
  expect(done.code, done.err).toBe(0)
  const [journal = ''] = desk.journals()
  const until = readFileSync(journal, 'utf8').indexOf('"step_applied"')
  return Math.ceil((until + 200) / 512)
}

test('T111 a disk that is full in the middle of a rollback is named at the terminal, and with room again the journal goes on to the end, changing production once', async () => {
  const blocks = await blocksUntilApplied()
  const [before] = desk.journals()
  const already = made()
  shipBad(desk.world.cluster, 'checkout', 'errors')
  desk.issuer.behaviour.people = [accounts.vp, accounts.ceo]
  const child = spawn(
    'sh',
    ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, worker, ...offline],
    { env: { ...process.env, ...desk.variables, ...away }, stdio: 'pipe' },
  )
  children.push(child)
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  const ended = once(child, 'exit')
  await expect
    .poll(() => `${child.exitCode ?? ''}${said}`, { timeout: 60_000 })
    .toMatch(/… .*\.jsonl could not be written \(EFBIG: .*Make room on its disk; trying again/)
  child.kill('SIGKILL')
  await ended
  const journal = desk.journals().find((path) => path !== before) ?? ''

  const resumed = await desk.types([], ['journal', 'resume', journal], [], { variables: away })

  expect(resumed.out, resumed.err).toContain('checkout is back on')
  expect(resumed.code).toBe(0)
  expect(made() - already).toBe(1)
}, 120_000)
