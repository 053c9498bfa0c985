import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keyFile } from '#postgres/key-file.ts'

test('two starts at once agree on one key, which stays and is private', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'key-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'sub', 'timeline.key')

  const [first, second] = await Promise.all([keyFile(path), keyFile(path)])
  const later = await keyFile(path)

  expect(second).toEqual(first)
  expect(later).toEqual(first)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
