// Stands before nginx's program: counts what was loaded, and loses an answer where it was told to.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [folder, file, nginx, ...args] = process.argv.slice(2)
const trouble = `${folder}/trouble.json`
const isReload = args.includes('reload')
const told = isReload && existsSync(trouble) ? JSON.parse(readFileSync(trouble, 'utf8')) : undefined
const kind = told?.times > 0 ? told.kind : undefined
if (kind) writeFileSync(trouble, JSON.stringify({ ...told, times: told.times - 1 }))

if (kind === 'before' || kind?.startsWith('status')) process.exitCode = 1
else {
  const { status, stderr } = spawnSync(nginx, args, { encoding: 'utf8' })
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
  const loads = readFileSync(`${folder}/loads`, 'utf8').trim().split('\n')
  if (isReload && status === 0 && loads.at(-1) !== hash)
    appendFileSync(`${folder}/loads`, `${hash}\n`)
  if (kind === 'late') await sleep(60_000)
  process.stderr.write(stderr)
  process.exitCode = kind === 'after' ? 1 : (status ?? 1)
}
