import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type DeviceCode, provenByIssuer } from '#identity/oidc.ts'
import { startIssuer } from '../support/pretend-issuer.ts'

let issuer: Awaited<ReturnType<typeof startIssuer>>
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())
beforeEach(() => {
  issuer.reset()
  issuer.behaviour.people = [{ sub: 'u-1', email: 'Noor@Shop.Example', email_verified: true }]
})

const shown: DeviceCode[] = []
const proven = (claim: 'email' | 'sub' = 'email') =>
  provenByIssuer(
    { kind: 'oidc', issuer: issuer.url, clientId: 'countermand-terminal', claim },
    (code) => shown.push(code),
    AbortSignal.timeout(50_000),
  )

test('whoever enters the code is who the signed token says', async () => {
  issuer.behaviour.polls = ['authorization_pending', 'authorization_pending']
  issuer.behaviour.claims = { groups: ['engineering'] }

  expect(await proven()).toEqual({
    issuer: issuer.url,
    name: 'Noor@Shop.Example',
    groups: ['engineering'],
    email: 'Noor@Shop.Example',
  })
  expect(shown.at(-1)).toEqual({
    url: `${issuer.url}/activate`,
    code: 'WDJB-MJHT',
    completeUrl: `${issuer.url}/activate?code=WDJB-MJHT`,
    expiresInSeconds: 300,
  })
  expect(issuer.polledAt).toHaveLength(3)
  expect(issuer.asked[0]?.get('scope')).toBe('openid email')
})

test('a token signed on an elliptic curve is taken, too, and the subject can be the name', async () => {
  issuer.behaviour.algorithm = 'ES256'

  expect(await proven('sub')).toMatchObject({ name: 'u-1' })
})

const wrong: readonly (readonly [string, (behaviour: typeof issuer.behaviour) => void, RegExp])[] =
  [
    [
      'a token that somebody else signed',
      (is) => {
        is.signedBy = 'stranger'
      },
      /did not confirm who you are/,
    ],
    [
      'a token without a signature',
      (is) => {
        is.algorithm = 'none'
      },
      /did not confirm who you are|algorithm/,
    ],
    [
      'a token signed with a shared secret',
      (is) => {
        is.algorithm = 'HS256'
      },
      /did not confirm who you are|algorithm/,
    ],
    [
      'a token made for another program',
      (is) => {
        is.claims = { aud: 'the-wiki' }
      },
      /did not confirm who you are/,
    ],
    [
      'a token of another issuer',
      (is) => {
        is.claims = { iss: 'https://login.elsewhere.example' }
      },
      /did not confirm who you are/,
    ],
    [
      'a token that has expired',
      (is) => {
        is.claims = { exp: Math.floor(Date.now() / 1_000) - 120 }
      },
      /did not confirm who you are/,
    ],
    [
      'a token that answers another question',
      (is) => {
        is.claims = { nonce: 'from-another-sign-in' }
      },
      /answers another question/,
    ],
    [
      'an email that nobody verified',
      (is) => {
        is.claims = { email_verified: false }
      },
      /proves nothing/,
    ],
    [
      'an email of which nothing is said',
      (is) => {
        is.claims = { email_verified: undefined }
      },
      /proves nothing/,
    ],
    [
      'a sign-in that was refused',
      (is) => {
        is.polls = ['access_denied']
      },
      /the sign-in was refused/,
    ],
    [
      'a code that has expired',
      (is) => {
        is.polls = ['expired_token']
      },
      /code has expired/,
    ],
  ]
test.each(wrong)('%s proves nobody', async (_, make, why) => {
  make(issuer.behaviour)

  await expect(proven()).rejects.toThrow(why)
})

test('a code that nobody enters ends with its time', async () => {
  issuer.behaviour.people = []
  issuer.behaviour.expiresIn = 1

  await expect(proven()).rejects.toThrow(/code has expired/)
})

test('an issuer that asks for patience gets five seconds more between two questions', async () => {
  issuer.behaviour.polls = ['authorization_pending', 'slow_down']

  await proven()

  // The issuer's own interval is 20 ms.
  const [, second = 0, third = 0] = issuer.polledAt
  expect(third - second).toBeGreaterThanOrEqual(5_000)
})

test('an issuer that is away is said to be away', async () => {
  await expect(
    provenByIssuer(
      { kind: 'oidc', issuer: 'http://127.0.0.1:1', clientId: 'x', claim: 'sub' },
      () => undefined,
      AbortSignal.timeout(50_000),
    ),
  ).rejects.toThrow(/^The issuer cannot be asked: /)
})
