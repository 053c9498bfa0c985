import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A project of its own with the real `bin/` and whatever else is given, by path. */
export function aProject(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'countermand-bin-'))
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
export function start(
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
) {
  const { NODE_OPTIONS: _, npm_lifecycle_event: __, ...inherited } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { ...inherited, ...variables } })
  let out = ''
  let err = ''
  const said = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => {
    out += String(chunk)
    said.resolve()
  })
  child.stderr.on('data', (chunk) => {
    err += String(chunk)
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  /** The first words on standard output. */
  const firstWords = async () => {
    await Promise.race([said.promise, ended])
    return out
  }
  return { child, ended, firstWords }
}
