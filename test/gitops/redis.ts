import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const source = fileURLToPath(new URL('redis', import.meta.url))

/** What Argo CD keeps its caches in: a redis in memory, built once by this user. Safe to run twice at once. */
export async function builtRedis(): Promise<string> {
  const hash = createHash('sha256')
    .update(readFileSync(join(source, 'go.sum')))
    .digest('hex')
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'countermand', 'redis', hash.slice(0, 8))
  const program = join(folder, 'redis')
  if (existsSync(folder)) return program
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    await promisify(execFile)('go', ['build', '-trimpath', '-o', join(unfinished, 'redis'), '.'], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0' },
    })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return program
}
