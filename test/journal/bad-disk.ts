import { fsyncSync, ftruncateSync, writeSync } from 'node:fs'
import type { Disk } from '#journal/file.ts'

/** A disk that takes `takes` bytes of what is written while it is full, and keeps nothing for sure while it is `failing`. */
export function aBadDisk() {
  const faults = { isFull: false, takes: 0, failing: [] as ('sync' | 'truncate')[] }
  const fails = (what: string, code: string) => {
    throw Object.assign(new Error(`${code}: ${what}`), { code })
  }
  const disk: Disk = {
    write(handle, bytes, from) {
      if (!faults.isFull) return writeSync(handle, bytes, from)
      const part = bytes.subarray(from, Math.max(from, faults.takes))
      if (part.length === 0) fails('no space left on device, write', 'ENOSPC')
      return writeSync(handle, part)
    },
    sync: (handle) =>
      faults.failing.includes('sync') ? fails('i/o error, fsync', 'EIO') : fsyncSync(handle),
    truncate: (handle, length) =>
      faults.failing.includes('truncate')
        ? fails('i/o error, ftruncate', 'EIO')
        : ftruncateSync(handle, length),
  }
  return { faults, disk }
}
