import { globSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { kubeconfigFor, startReviewer } from '../support/pretend-reviewer.ts'
import { sourceOf } from '../support/source.ts'
import { deskWorld, rollbackIn } from './desk-world.ts'

let folder: string
let reviewer: Awaited<ReturnType<typeof startReviewer>>
let desk: Awaited<ReturnType<typeof deskWorld>>
const written = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
const mine = (token: string): string =>
  written(token, kubeconfigFor('https://elsewhere.example', token))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countermand-'))
  reviewer = await startReviewer(
    new Map([
      ['of-the-bot', { username: 'system:serviceaccount:countermand:countermand' }],
      ['of-lena', { username: 'lena@shop.example', groups: ['engineering'] }],
      ['of-lena-on-leave', { username: 'lena@shop.example', groups: ['on-leave'] }],
    ]),
  )
  const bot = written('bot', kubeconfigFor(reviewer.url, 'of-the-bot'))
  desk = await deskWorld({
    configured: (yaml) =>
      yaml
        .replace('clusters:\n', `clusters:\n  people: { kubeconfig: "${bot}" }\n`)
        .replace(/identity: .*/, 'identity: { kubernetes: { cluster: people } }')
        .replace('is: [lena@shop.example]', 'is: [lena@shop.example], groups: [engineering]'),
  })
  shipBad(desk.world.cluster, 'checkout', 'errors')
  await desk.world.clock.move(2)
})
afterAll(async () => {
  await desk.close()
  await Promise.all([reviewer.close(), rm(folder, { recursive: true })])
})

test('whoever the configured cluster knows by their own credentials decides like in Slack', async () => {
  const proposed = await desk.types(
    [],
    ['rollback', 'checkout', '--reason', 'errors after deploy', '--kubeconfig', mine('of-lena')],
  )
  const id = rollbackIn(proposed)
  const plan = /--plan ([0-9a-f]{64})/.exec(proposed.out)?.[1] ?? ''
  const approved = await desk.types(
    [],
    ['approve', id, '--yes', '--plan', plan, '--no-wait', '--kubeconfig', mine('of-lena')],
  )

  expect(proposed.err).toContain('You are lena@shop.example (U0LEAD0001), says cluster people.')
  expect(approved).toMatchObject({
    code: 0,
    out: expect.stringContaining('Approved as team lead.'),
  })
  expect(reviewer.received).toEqual([
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
  ])
})

test('outside of the groups that the configuration asks for, the same name is a stranger', async () => {
  const refused = await desk.types(
    [],
    [
      'undo',
      'checkout',
      '--reason',
      'it was not the cause',
      '--kubeconfig',
      mine('of-lena-on-leave'),
    ],
  )

  expect(refused.code).toBe(1)
  expect(refused.err).toContain('I do not know this account.')
})

test('credentials that the cluster does not take are nobody’s', async () => {
  const refused = await desk.types(
    [],
    ['rollback', 'cart', '--reason', 'slow since noon', '--kubeconfig', mine('made-up')],
  )

  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain('The cluster people did not say who you are')
})

test('the account of the machine is never asked', () => {
  const asking = /userInfo\(|whoami|getuid\(|\bUSER\b|LOGNAME/
  const files = globSync('src/{cli,identity,terminal,directory}/**/*.ts')

  expect(files.length).toBeGreaterThan(20)
  expect(files.filter((file) => asking.test(sourceOf(file)))).toEqual([])
})
