import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { accounts, deskWorld } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
/** Changes that were made before. */
let already = 0
const children: ReturnType<typeof spawn>[] = []
beforeAll(async () => {
  desk = await deskWorld({
    more: 'policy: { verifyWindowSeconds: 2, verifyEverySeconds: 1 }',
    freeze: false,
  })
}, 60_000)
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => desk.close())

const worker = fileURLToPath(new URL('./offline-worker.ts', import.meta.url))
const away = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }
const kindsIn = (path: string): readonly string[] =>
  [...readFileSync(path, 'utf8').matchAll(/"kind":"([a-z_]+)"/g)].map(([, kind = '']) => kind)

/** Begins a rollback in a process of its own and kills it as soon as its journal holds `moment`; answers with the journal. */
async function killedAt(moment: string): Promise<string> {
  // On a busy machine one may be over before anybody looked: then another is begun.
  for (let tries = 0; tries < 5; tries += 1) {
    shipBad(desk.world.cluster, 'checkout', 'errors')
    already = desk.changesMade().length
    const journal = await begunAndKilledAt(moment)
    if (journal !== undefined) return journal
  }
  throw new Error(`none was caught at ${moment}`)
}

async function begunAndKilledAt(moment: string): Promise<string | undefined> {
  const before = desk.journals()
  desk.issuer.behaviour.people = [accounts.vp, accounts.ceo]
  const child = spawn(
    process.execPath,
    [worker, 'rollback', 'checkout', '--without-database', '--reason', 'errors after deploy'],
    { env: { ...process.env, ...desk.variables, ...away }, stdio: 'pipe' },
  )
  children.push(child)
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  const ended = once(child, 'exit')
  for (;;) {
    if (child.exitCode === 0) return undefined
    if (child.exitCode !== null) throw new Error(`it ended before ${moment}:\n${said}`)
    const path = desk.journals().find((one) => !before.includes(one))
    if (path !== undefined && kindsIn(path).includes(moment)) {
      child.kill('SIGKILL')
      await ended
      return child.exitCode === null ? path : undefined
    }
    await sleep(1)
  }
}

test.each(['execution_started', 'step_started', 'step_applied', 'progressed', 'hold_placed'])(
  'killed as soon as the journal says %s, it goes on from there and changes production once',
  async (moment) => {
    const journal = await killedAt(moment)
    // What was being written when it died.
    appendFileSync(journal, '{"body":{"at":17')

    const resumed = await desk.types([], ['journal', 'resume', journal], [], { variables: away })

    expect(resumed.out, resumed.err).toContain('checkout is back on')
    expect(resumed.code).toBe(0)
    expect(desk.changesMade().length - already).toBe(1)
    const kinds = kindsIn(journal)
    expect(kinds.filter((kind) => kind === 'execution_started')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'execution_completed')).toHaveLength(1)
  },
  240_000,
)
