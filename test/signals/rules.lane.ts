import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { binaries } from './prometheus.ts'

const promtool = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(binaries().promtool, args, { encoding: 'utf8' })
  return `${status} ${stdout}${stderr}`
}

test('our own alert rules are sound, and each calls when it should', () => {
  expect(promtool('check', 'rules', 'deploy/alerts.yaml')).toMatch(/^0 [^]*SUCCESS/)
  expect(promtool('test', 'rules', 'test/http/alerts.promtool.yaml')).toMatch(/^0 [^]*SUCCESS/)
  expect(promtool('check', 'rules', 'package.json')).toMatch(/^1 /)
})
