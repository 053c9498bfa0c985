import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Boundary, Verdict } from '../support/replica-boundaries.ts'
import type { Held } from '../support/held-by-process.ts'
import type { Told, Word } from '../support/replica-messages.ts'

/** One process of the product. */
export interface Member {
  readonly pid: number
  readonly url: string
  readonly isFrozen: () => boolean
  /** SIGKILL: nothing of it goes on. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** What it holds on to. */
  holds(): Promise<Held>
  end(): Promise<void>
}

/** What the members tell; `answer` lets one go on that has reached a boundary. */
export interface Ear {
  reached(member: Member, boundary: Boundary, answer: (verdict: Verdict) => void): void
  dying(member: Member, boundary: Boundary): void
  touched(member: Member, work: string, tenure: string): void
  done(member: Member, boundary: Boundary): void
}

const program = fileURLToPath(new URL('../support/replica-watched.ts', import.meta.url))

export async function startMember(
  variables: NodeJS.ProcessEnv,
  ear: () => Ear,
  said: (line: string) => void,
): Promise<Member> {
  const { PATH, TZ } = process.env
  const child = fork(program, {
    execArgv: ['--expose-gc'],
    env: { ...(PATH ? { PATH } : {}), ...(TZ ? { TZ } : {}), ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (!started.member) words += text
      said(text)
    })
  const ended = once(child, 'exit')
  let words = ''
  const ready = Promise.withResolvers<string>()
  let isFrozen = false
  const asked: ((held: Held) => void)[] = []
  const started: { member?: Member } = {}
  child.on('message', (message) => {
    const told = message as Told
    const { member } = started
    if (told.kind === 'ready') return ready.resolve(told.url)
    // What it does before it is ready belongs to nobody's story.
    if (!member) return told.kind === 'reached' ? answer(child, told.id, 'go') : undefined
    switch (told.kind) {
      case 'reached':
        return ear().reached(member, told.boundary, (verdict) => answer(child, told.id, verdict))
      case 'dying':
        return ear().dying(member, told.boundary)
      case 'touched':
        return ear().touched(member, told.work, told.tenure)
      case 'done':
        return ear().done(member, told.boundary)
      case 'holds':
        return asked.shift()?.(told.held)
    }
  })
  void ended.then(() => ready.reject(new Error(`a process of the product did not start: ${words}`)))
  const url = await ready.promise
  const member: Member = {
    pid: child.pid ?? 0,
    url,
    isFrozen: () => isFrozen,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    freeze() {
      isFrozen = true
      child.kill('SIGSTOP')
    },
    thaw() {
      child.kill('SIGCONT')
      isFrozen = false
    },
    holds: () =>
      new Promise((resolve) => {
        asked.push(resolve)
        child.send('what do you hold?' satisfies Word)
      }),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGCONT')
      if (child.connected) child.disconnect()
      await ended
    },
  }
  started.member = member
  return member
}

function answer(child: ChildProcess, to: number, verdict: Verdict): void {
  const word: Word = { to, verdict }
  // It may be dead by now.
  if (child.connected) child.send(word, () => undefined)
}
