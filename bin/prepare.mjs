// Installs the packages when they are missing or not those of package-lock.json. Plain JavaScript
// on purpose: it runs before there is anything else, on whatever Node the machine has.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const needsEverything = ['pretest', 'precheck'].includes(process.env.npm_lifecycle_event ?? '')

if (Number(process.versions.node.split('.')[0]) < 20) {
  stop(`Countermand needs Node 20 or newer to install itself; this is ${process.version}.`)
}
if (!isCurrent()) {
  try {
    await withLock(join(root, '.countermand', 'installing'), console.error, install)
  } catch (error) {
    stop(`Cannot prepare ${root}: ${plain(error)}`)
  }
}

/** Whether npm's own record of what it installed holds what the lockfile asks for, and it is still there. */
function isCurrent() {
  const wanted = packagesOf('package-lock.json')
  const installed = packagesOf(join('node_modules', '.package-lock.json'))
  if (!wanted) stop('package-lock.json is missing or broken: restore it from the repository.')
  if (!installed) return false
  const asked = Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path]
    if (path === '') return true
    if (found) return found.version === entry.version && found.integrity === entry.integrity
    return entry.optional === true || (entry.dev === true && mayLackDev())
  })
  return (
    asked &&
    Object.keys(installed).every(
      (path) => path in wanted && existsSync(join(root, path, 'package.json')),
    )
  )
}

function mayLackDev() {
  return process.env.NODE_ENV === 'production' && !needsEverything
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** `npm ci` with the npm that started us; no package's install script is run. */
async function install(started) {
  // Another start may have finished it while this one waited.
  if (isCurrent()) return
  console.error('Installing packages (once, about half a minute) …')
  const own = process.env.npm_execpath
  const [command, first] = own?.endsWith('npm-cli.js') ? [process.execPath, [own]] : ['npm', []]
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const child = spawn(
    command,
    [...first, ...flags, ...(needsEverything ? ['--include=dev'] : [])],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  started(child.pid)
  const pass = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(0, 20_000)
  })
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve('npm was not found'))
    child.on('close', (exit, signal) => resolve(exit ?? signal))
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, pass)
  if (code === 0 && isCurrent()) return
  const details = said.trim().split('\n').slice(0, 8).join('\n')
  throw new Error(`${reason(said)} (npm ci: ${code})${details && `\n${details}`}`)
}

function reason(said) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(said))
    return 'the npm registry cannot be reached; connect once, or copy node_modules from a machine that has it'
  if (/EACCES|EPERM|EROFS/.test(said))
    return 'this folder may not be written by you; clone it again as yourself, or start as its owner'
  if (/ENOSPC/.test(said)) return 'the disk is full; the packages need about 800 MB'
  if (/EUSAGE/.test(said)) return 'package.json and package-lock.json do not fit; run npm install'
  return 'installing the packages failed; try npm ci'
}

function plain(error) {
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) return reason(error.code)
  return error.message
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}
