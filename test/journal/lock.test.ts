import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openJournal, readJournal } from '#journal/file.ts'

const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
const children: ChildProcessByStdio<null, Readable, null>[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true }))

const key = Buffer.alloc(32, 7)
const script = fileURLToPath(new URL('./writer.ts', import.meta.url))
let made = 0
const fresh = () => join(folder, 'journals', `${(made += 1)}.jsonl`)

function aJournal(): string {
  const path = fresh()
  const file = openJournal(path, key)
  file.append({ by: 0 })
  file.close()
  return path
}

/** A process that holds the journal as soon as nobody else does, by whatever its collector leaves. */
function aWriter(path: string) {
  const child = spawn(process.execPath, ['--expose-gc', script, 'hold', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const said = { isHolding: false, refusals: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'held') said.isHolding = true
    else said.refusals += 1
  })
  return {
    pid: child.pid ?? 0,
    said,
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
const patient = { timeout: 20_000, interval: 5 }

test('a process opens a journal once at a time', () => {
  const path = aJournal()
  const file = openJournal(path, key)

  expect(() => openJournal(path, key)).toThrow(/is open already/)
  file.close()
  openJournal(path, key).close()
})

test('while another process holds it, running or frozen, the refusal names that process, the lock and the way out; killed, it is in nobody’s way', async () => {
  const path = aJournal()
  const holder = aWriter(path)
  await expect.poll(() => holder.said.isHolding, patient).toBe(true)

  const refused = `is being written by the process ${holder.pid}, which holds ${path}.lock: let it end first, or end it. The lock ends with it`
  expect(() => openJournal(path, key)).toThrow(refused)
  process.kill(holder.pid, 'SIGSTOP')
  expect(() => openJournal(path, key)).toThrow(refused)
  await holder.kill()
  openJournal(path, key).close()

  expect(readJournal(path, key).map(({ body }) => body)).toEqual([{ by: 0 }, { by: holder.pid }])
})

test.each([
  ['this process, as in a container that is started again', process.pid],
  ['somebody else who lives, as after a restart of the machine', process.ppid],
  ['nobody', 999_999_999],
])(
  'a lock that was left behind says nothing, although the process id in it is that of %s',
  (_, pid) => {
    const path = aJournal()
    writeFileSync(`${path}.lock`, String(pid))

    openJournal(path, key).close()

    expect(readJournal(path, key)).toHaveLength(1)
  },
)

test('of several who wait for one that is killed exactly one goes on, each time', async () => {
  const path = aJournal()
  let waiting = Array.from({ length: 4 }, () => aWriter(path))
  const held: number[] = []
  while (waiting.length > 0) {
    const holding = () => waiting.filter(({ said }) => said.isHolding)
    await expect.poll(() => holding().length, patient).toBeGreaterThan(0)
    const [holder] = holding()
    const others = waiting.filter((writer) => writer !== holder)
    const before = others.map(({ said }) => said.refusals)
    // Each of the others has tried at least once from beginning to end while this one holds it.
    await expect
      .poll(() => others.every(({ said }, at) => said.refusals >= (before[at] ?? 0) + 2), patient)
      .toBe(true)
    expect(holding()).toEqual([holder])
    held.push(holder?.pid ?? 0)
    await holder?.kill()
    waiting = others
  }

  expect(readJournal(path, key).map(({ body }) => Object(body).by)).toEqual([0, ...held])
})
