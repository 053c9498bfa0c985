import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addressesOf, isForbidden } from '#addresses.ts'
import { sourceOf } from './support/source.ts'

test.each([
  ['169.254.169.254', true],
  ['169.254.170.2', true],
  ['100.100.100.200', true],
  ['168.63.129.16', true],
  ['::ffff:168.63.129.16', true],
  ['168.63.129.17', false],
  ['0.0.0.0', true],
  ['224.0.0.1', true],
  ['fe80::1', true],
  ['fd00:ec2::254', true],
  ['::ffff:169.254.169.254', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['10.0.0.1', false],
  ['192.168.1.1', false],
  ['fd00::1', false],
  ['93.184.216.34', false],
  ['shop.example', false],
])('T139 an address that may never be asked is known, however it is written: %s', (address, is) => {
  expect(isForbidden(address)).toBe(is)
})

test('T139 one bad address among good ones is enough, and none at all is not asked', async () => {
  const asked = (...addresses: readonly string[]) =>
    addressesOf(
      'shop.example',
      async () => addresses.map((address) => ({ address, family: 4 })),
      AbortSignal.timeout(1_000),
    )

  await expect(asked('10.0.0.1', '169.254.169.254')).rejects.toThrow('must not be asked')
  await expect(asked()).rejects.toThrow('unknown')
  expect(await asked('10.0.0.1')).toEqual([{ address: '10.0.0.1', family: 4 }])
})

test('T139 a lookup that never ends is given up with its caller', async () => {
  const giveUp = new AbortController()
  const asked = addressesOf('shop.example', () => new Promise(() => undefined), giveUp.signal)

  giveUp.abort(new Error('given up'))

  await expect(asked).rejects.toThrow('given up')
})

/** The files that ask something over HTTP themselves; each guards where it leads. */
const asking = [
  'src/executors/docker/engine.ts',
  'src/executors/nginx/ask.ts',
  'src/pinned-request.ts',
  'src/slack/client.ts',
  'src/slack/reply.ts',
]

test('T139 nothing else asks anything over HTTP by itself', () => {
  const found = globSync('src/**/*.ts', { exclude: ['src/sandbox/**'] })
    .filter((file) => /(?<![.\w])fetch\(|from 'node:(?:http2?|https)'/.test(sourceOf(file)))
    .toSorted()

  expect(found).toEqual(asking)
})
