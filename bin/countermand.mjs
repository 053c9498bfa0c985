#!/usr/bin/env node
// The way in, in plain JavaScript: an older Node cannot even read src/main.ts, and says so here.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const oldest = 24
const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
const again = 'COUNTERMAND_STARTED_AGAIN'
const npmScripts = ['start', 'countermand']

if (npmScripts.includes(process.env.npm_lifecycle_event ?? '')) watchNpm()
if (Number(process.versions.node.split('.')[0]) >= oldest) {
  watchStarter()
  await import('../src/main.ts')
} else if (existsSync(bundled) && process.env[again] === undefined) {
  startAgain()
} else {
  console.error(
    `Countermand needs Node ${oldest} or newer; this is ${process.version}. Install it, or run npm start, which brings its own on Linux.`,
  )
  process.exitCode = 1
}

/** The same command on the Node that npm installed: signals go in, the exit comes out. */
function startAgain() {
  const child = spawn(bundled, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [again]: '1' },
    // A group of its own: Ctrl-C reaches it once, through us, and not a second time from the terminal.
    detached: true,
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`The Node that npm installed cannot be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeAllListeners(one)
    if (signal === null) process.exit(code ?? 1)
    process.kill(process.pid, signal)
    // Reached only where the signal does not end us.
    process.exitCode = 128 + (constants.signals[signal] ?? 0)
  })
}

/** When whoever started us again is killed, this process must not stay behind and hold the port. */
function watchStarter() {
  if (process.env[again] === undefined || !process.channel) return
  delete process.env[again]
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

/**
 * npm tells its shell that it ends, and the shell does not tell us: whoever waits above us is looked at instead. The shell's
 * own parent, too, for it outlives an npm that is killed outright.
 */
function watchNpm() {
  const above = () => `${process.ppid} ${parentOf(process.ppid)}`
  const started = above()
  const watch = setInterval(() => {
    if (above() === started) return
    // Said once: a second one would cut the calm end short.
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}

/** Known on Linux; elsewhere our own parent must do. */
function parentOf(pid) {
  try {
    // The name before it, in parentheses, may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]
  } catch {
    return undefined
  }
}
