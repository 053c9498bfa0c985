import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Person {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly groups?: readonly string[]
}

/** How an answer to a poll may go. */
export type Poll = 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied'

/** An OpenID Connect issuer over HTTP: discovery, keys, the device flow. Its tokens can be made wrong one by one. */
export async function startIssuer() {
  const keys = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    stranger: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }
  const behaviour = {
    /** Who enters the code, in turn; the last one again and again. */
    people: [] as Person[],
    /** What is answered before the token, in turn. */
    polls: [] as Poll[],
    algorithm: 'RS256' as 'RS256' | 'ES256' | 'HS256' | 'none',
    signedBy: undefined as keyof typeof keys | undefined,
    /** Laid over the claims of the token. */
    claims: {} as Record<string, unknown>,
    expiresIn: 300,
  }
  const polledAt: number[] = []
  const asked: URLSearchParams[] = []
  const nonces = new Map<string, string | null>()

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://issuer').pathname
    bodyOf(request)
      .then((body) => {
        const { status, json } = answer(path, new URLSearchParams(body))
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(json))
      })
      .catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function answer(path: string, form: URLSearchParams): { status: number; json: unknown } {
    switch (path) {
      case '/.well-known/openid-configuration':
        return {
          status: 200,
          json: {
            issuer: url,
            jwks_uri: `${url}/keys`,
            token_endpoint: `${url}/token`,
            authorization_endpoint: `${url}/authorize`,
            device_authorization_endpoint: `${url}/device`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
          },
        }
      case '/keys':
        return {
          status: 200,
          json: { keys: [jwk(keys.RS256.publicKey, 'RS256'), jwk(keys.ES256.publicKey, 'ES256')] },
        }
      case '/device': {
        asked.push(form)
        const code = randomUUID()
        nonces.set(code, form.get('nonce'))
        return {
          status: 200,
          json: {
            device_code: code,
            user_code: 'WDJB-MJHT',
            verification_uri: `${url}/activate`,
            verification_uri_complete: `${url}/activate?code=WDJB-MJHT`,
            expires_in: behaviour.expiresIn,
            interval: 0.02,
          },
        }
      }
      case '/token':
        return token(form)
      default:
        return { status: 404, json: { error: 'not_found' } }
    }
  }

  function token(form: URLSearchParams): { status: number; json: unknown } {
    polledAt.push(performance.now())
    const poll = behaviour.polls.shift()
    if (poll !== undefined) return { status: 400, json: { error: poll } }
    const person = behaviour.people.length > 1 ? behaviour.people.shift() : behaviour.people[0]
    if (!person) return { status: 400, json: { error: 'authorization_pending' } }
    const now = Math.floor(Date.now() / 1_000)
    const claims = {
      iss: url,
      aud: form.get('client_id'),
      iat: now,
      exp: now + 300,
      nonce: nonces.get(form.get('device_code') ?? ''),
      ...person,
      ...behaviour.claims,
    }
    return {
      status: 200,
      json: {
        access_token: randomUUID(),
        token_type: 'Bearer',
        expires_in: 300,
        id_token: signed(claims),
      },
    }
  }

  function signed(claims: object): string {
    const { algorithm, signedBy } = behaviour
    const head = encoded({ alg: algorithm, kid: signedBy ?? algorithm, typ: 'JWT' })
    const text = `${head}.${encoded(claims)}`
    if (algorithm === 'none') return `${text}.`
    if (algorithm === 'HS256')
      return `${text}.${createHmac('sha256', 'a secret').update(text).digest('base64url')}`
    const { privateKey } = keys[signedBy ?? algorithm]
    const signature = sign('sha256', Buffer.from(text), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return `${text}.${signature.toString('base64url')}`
  }

  return {
    url,
    behaviour,
    polledAt,
    asked,
    reset() {
      Object.assign(behaviour, {
        people: [],
        polls: [],
        algorithm: 'RS256',
        signedBy: undefined,
        claims: {},
        expiresIn: 300,
      })
      polledAt.length = 0
      asked.length = 0
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const jwk = (key: KeyObject, algorithm: string) => ({
  ...key.export({ format: 'jwk' }),
  kid: algorithm,
  alg: algorithm,
  use: 'sig',
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
