import { expect, test } from 'vitest'
import { secretsOf } from '../../src/config.ts'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const token = 'user:0123456789abcdef'
const providers = { shop: { unleash: { url: 'https://unleash.shop.example/eu/' } } }
const own = { provider: 'shop', key: 'new-checkout', environment: 'production' }
const file = (service: object, flags: object = providers) =>
  aFile({ flags, services: { checkout: aService({ ...service }) } })
const problems = (...given: Parameters<typeof file>) =>
  problemsOf(file(...given), { FLAGS_SHOP_TOKEN: token }).map((line) =>
    line.replace(/^x\.yaml:\d+: /, ''),
  )

test('a flag is a way of a service, or all that a service is', () => {
  const linked = configOf(
    { FLAGS_SHOP_TOKEN: token },
    file({ flags: [{ ...own, versions: ['2.4.'] }] }),
  ).catalogue.get('checkout')
  const alone = configOf(
    { FLAGS_SHOP_TOKEN: token },
    file({ targets: [{ flag: { ...own, project: 'web' } }] }),
  ).catalogue.get('checkout')

  expect(linked?.flags).toEqual([
    {
      name: 'new-checkout',
      target: {
        executor: 'flag',
        workload: 'flag/shop/default/production/new-checkout',
        title: 'flag new-checkout in production (shop)',
        spec: {
          provider: 'shop',
          project: 'default',
          key: 'new-checkout',
          environment: 'production',
        },
      },
      versions: ['2.4.'],
    },
  ])
  expect(alone?.targets[0]?.workload).toBe('flag/shop/web/production/new-checkout')
  expect(alone?.environment).toBe('shop/production')
  expect(alone?.flags).toBeUndefined()
})

test('the token of LaunchDarkly goes to LaunchDarkly and nowhere else, and every token is hidden', () => {
  const config = configOf(
    { FLAGS_SHOP_TOKEN: token },
    file({}, { shop: { launchDarkly: { region: 'eu' } } }),
  )

  expect([...config.flags]).toEqual([
    ['shop', { kind: 'launchDarkly', url: 'https://app.eu.launchdarkly.com' }],
  ])
  expect(secretsOf(config)).toContain(token)
  expect(problems({}, { shop: { launchDarkly: { url: 'https://elsewhere.example' } } })).toEqual([
    expect.stringContaining('flags.shop.launchDarkly'),
  ])
})

test('every mistake has its sentence', () => {
  expect(problems({ flags: [{ ...own, provider: 'shopp' }] })).toEqual([
    'services.checkout.flags[1].provider: no provider shopp stands under flags; did you mean shop?',
  ])
  expect(problems({ targets: [{ flag: { ...own, provider: 'web' } }] })).toEqual([
    'services.checkout.targets[1].flag.provider: no provider web stands under flags.',
  ])
  expect(problems({}, { shop: {} })).toEqual([
    'flags.shop: needs exactly one of unleash, launchDarkly, flagsmith, flipt and http.',
  ])
  expect(problems({ flags: [{ ...own, key: '../users' }] })).toEqual([
    expect.stringContaining('services.checkout.flags[1].key: must be letters, digits'),
  ])
  expect(problems({}, { shop: { http: { url: 'http://169.254.169.254/flags' } } })).toEqual([
    expect.stringContaining('flags.shop.http.url: names a host that must not be asked'),
  ])
})

test('a provider without its token, or with what is none, stops the start and says which', () => {
  expect(problemsOf(file({}))).toEqual([
    'FLAGS_SHOP_TOKEN is missing: flags.shop needs a token that may switch flags (docs/flags.md says with which rights).',
  ])
  expect(problemsOf(file({}), { FLAGS_SHOP_TOKEN: 'short' })).toEqual([
    'FLAGS_SHOP_TOKEN is no token: those have at least 16 characters.',
  ])
})
