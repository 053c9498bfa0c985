#!/usr/bin/env node
// The way in, in plain JavaScript: an older Node cannot even read src/main.ts, and says so here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const oldest = 24
const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
const again = 'COUNTERMAND_STARTED_AGAIN'

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
