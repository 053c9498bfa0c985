import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { deriveKey, keptKey, parseKey } from '#keys.ts'

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7))

test('each purpose has a key of its own, the same at every start', () => {
  expect(deriveKey(key, 'timeline')).toEqual(deriveKey(key, 'timeline'))
  expect(deriveKey(key, 'timeline')).toHaveLength(32)
  expect(deriveKey(key, 'timeline')).not.toEqual(deriveKey(key, 'buttons'))
  expect(deriveKey(key, 'timeline')).not.toEqual(deriveKey(Buffer.alloc(32, 1), 'timeline'))
})

test('a key is read as hex and as base64', () => {
  expect(parseKey(key.toString('hex'))).toEqual(key)
  expect(parseKey(key.toString('base64'))).toEqual(key)
  expect(parseKey(key.toString('base64url'))).toEqual(key)
})

test.each(['', 'secret', 'f'.repeat(64), '00'.repeat(31), 'not a key at all, surely'])(
  '%j is no key',
  (text) => {
    expect(parseKey(text)).toBeUndefined()
  },
)

test('a machine without a key makes one, keeps it, and lets nobody else read it', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'countermand-')), 'data')

  const made = keptKey(folder)

  expect(keptKey(folder)).toEqual(made)
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['key'])
})

test('starts at the same moment end up with the same key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
  const start = () =>
    new Promise<string>((resolve, reject) => {
      const worker = new Worker(new URL('./support/kept-key-worker.ts', import.meta.url), {
        workerData: folder,
      })
      worker.on('message', resolve)
      worker.on('error', reject)
    })

  const keys = await Promise.all(Array.from({ length: 4 }, start))

  expect(new Set(keys)).toEqual(new Set([keptKey(folder).toString('hex')]))
})

test('a damaged key is not replaced behind anybody’s back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
  writeFileSync(join(folder, 'key'), 'garbage\n')

  expect(() => keptKey(folder)).toThrow('holds no key: restore it')
})
