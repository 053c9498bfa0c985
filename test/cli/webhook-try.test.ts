import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aGroup, anAlert, captured } from '../webhooks/senders.ts'
import { run } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
const file = (body: unknown): string => {
  const path = join(folder, `${String(JSON.stringify(body).length)}.json`)
  writeFileSync(path, JSON.stringify(body))
  return path
}
const tried = (source: string, body: unknown) =>
  run(`webhook try ${source} ${file(body)} --config docs/config.example.yaml`)

test('says which rule takes an alert, for which service, and what it would do', async () => {
  const { code, out } = await tried('alertmanager', captured('alertmanager-0.33.1-bearer-firing'))

  expect(code).toBe(0)
  expect(out).toBe(`HighErrorRate: firing since 2026-11-21 05:17:28 UTC
  says      x
  labels    alertname=HighErrorRate, env=production, service=checkout, severity=critical
  severity  critical
  → checkout by rule 2: opens an incident, or adds to the open one, severity critical`)
})

test('says why no rule takes it, and what is ignored', async () => {
  const stranger = await tried('alertmanager', aGroup(anAlert({ service: 'chekout' })))
  const staging = await tried('alertmanager', aGroup(anAlert({ labels: { env: 'staging' } })))

  expect(stranger.code).toBe(1)
  expect(stranger.out).toContain(`  → nobody’s: none of 3 rules takes it
      rule 1: there is no label env
      rule 2: service is “chekout”, which is no service (checkout is one)
      rule 3: is for GitHub`)
  expect(staging.out).toContain('→ ignored by rule 1')
})

test('what the source never sends is said in one sentence', async () => {
  expect(await tried('github', [])).toMatchObject({ code: 0 })
  expect(await tried('pagerduty', {})).toMatchObject({
    code: 1,
    err: 'This is not what PagerDuty sends: event is missing or not as expected.',
  })
  expect((await run('webhook try nagios x.json')).code).toBe(2)
  expect((await run('webhook try github')).code).toBe(2)
})
