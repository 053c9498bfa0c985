// A folder as a lock between processes: making it is atomic. Its holder touches it while it works;
// one that stopped doing so, or is gone together with the child it started, is put aside.
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

const beatMs = 1_000
const silentMs = 30_000

/** Runs `work` alone. `work` is given a function to name a child that must be gone, too, before another may begin. */
export async function withLock(path, say, work) {
  const token = randomUUID()
  mkdirSync(dirname(path), { recursive: true })
  let waiting = false
  while (!take(path, token)) {
    if (!waiting) say('Another start is installing the packages; waiting for it …')
    waiting = true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const beat = setInterval(() => touch(path), beatMs)
  const release = () => {
    if (ownerOf(path)?.token === token) rmSync(path, { recursive: true, force: true })
  }
  process.once('exit', release)
  try {
    return await work((child) => write(path, token, child))
  } finally {
    clearInterval(beat)
    process.off('exit', release)
    release()
  }
}

function take(path, token) {
  try {
    mkdirSync(path)
    write(path, token)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    putAside(path)
    return false
  }
}

/** Renaming picks one winner among those who saw the same dead lock; a fresh one that came between is put back. */
function putAside(path) {
  const seen = ownerOf(path)
  if (isAlive(path, seen)) return
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (ownerOf(aside)?.token !== seen?.token) renameSync(aside, path)
    else rmSync(aside, { recursive: true, force: true })
  } catch (error) {
    if (!['ENOENT', 'EEXIST', 'ENOTEMPTY'].includes(error.code)) throw error
  }
}

function isAlive(path, owner) {
  const silent = silence(path) > silentMs
  // Without an owner the folder was made this moment, or its maker died right after.
  if (!owner) return silence(path) < beatMs * 5
  if (owner.host !== hostname()) return !silent
  return owner.child
    ? runs(owner.child) || (runs(owner.pid) && !silent)
    : runs(owner.pid) && !silent
}

function silence(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}

function runs(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function write(path, token, child) {
  const owner = { token, pid: process.pid, child, host: hostname() }
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner))
}

function ownerOf(path) {
  try {
    return JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // The folder is gone: somebody took this process for dead. Its work is harmless to repeat.
  }
}
