import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A project of its own with the real `bin/` and whatever else is given, by path; gone with the test that made it. */
export function aProject(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'countermand-bin-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  cpSync('bin', join(root, 'bin'), { recursive: true })
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Starts Node in `cwd`; `ended` resolves with everything it said. */
export const start = (
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
) => run(process.execPath, args, cwd, variables)

/** `npm start`, as people type it. */
export const npmStart = (cwd: string) => run('npm', ['start'], cwd, {})

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>>,
) {
  const { NODE_OPTIONS: _, npm_lifecycle_event: __, ...inherited } = process.env
  const child = spawn(program, args, { cwd, env: { ...inherited, ...variables } })
  let out = ''
  let err = ''
  const heard = new EventEmitter()
  child.stdout.on('data', (chunk) => {
    out += String(chunk)
    heard.emit('words')
  })
  child.stderr.on('data', (chunk) => {
    err += String(chunk)
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  /** What standard output says as soon as it holds `expected`, or has ended. */
  const firstWords = async (expected = /./) => {
    while (!expected.test(out) && child.exitCode === null && child.signalCode === null)
      await Promise.race([once(heard, 'words'), ended])
    return out
  }
  return { child, ended, firstWords }
}
