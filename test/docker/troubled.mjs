// Stands before Docker's own command: counts what changed something, and loses an answer where it was told to.
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [folder, docker, home, ...args] = process.argv.slice(2)
const file = `${folder}/trouble.json`
const isUp = args.includes('up')
const trouble = isUp && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
const kind = trouble?.times > 0 ? trouble.kind : undefined
if (kind) writeFileSync(file, JSON.stringify({ ...trouble, times: trouble.times - 1 }))

if (kind === 'cut-before') fail('error during connect: connection reset by peer')
else if (kind?.startsWith('status')) fail(`Error response from daemon: ${kind}`)
else {
  const { status, stdout, stderr } = spawnSync(docker, args, {
    env: { ...process.env, HOME: home },
    stdio: ['inherit', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (isUp && /Container \S+\s+(Recreated|Created)/.test(stderr))
    appendFileSync(`${folder}/changes`, '.')
  if (kind === 'late') await sleep(60_000)
  if (kind === 'cut-after') fail('error during connect: unexpected EOF')
  else {
    process.stdout.write(stdout)
    process.stderr.write(stderr)
    process.exitCode = status ?? 1
  }
}

function fail(words) {
  process.stderr.write(`${words}\n`)
  process.exitCode = 1
}
