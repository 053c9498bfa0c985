import * as oidc from 'openid-client'
import { z } from 'zod'
import type { TerminalSettings } from '#config/terminal.ts'
import type { Proven } from './person.ts'

type Settings = Extract<TerminalSettings['identity'], { kind: 'oidc' }>

/** What a person must do in a browser, on whatever machine has one. */
export interface DeviceCode {
  readonly url: string
  readonly code: string
  /** With the code already in it, where the issuer offers that. */
  readonly completeUrl: string | undefined
  readonly expiresInSeconds: number
}

/** One request may take this long, in seconds. */
const timeoutSeconds = 10
/** Signed with the issuer's private key; nothing that a client could have made itself. */
const algorithms = ['RS256', 'ES256']

/**
 * The OAuth device flow (RFC 8628): shows a code, waits until it was entered, and reads who did it from the signed token. Signature,
 * issuer, audience and expiry are checked; the polling keeps to the interval the issuer asks for. Throws one sentence otherwise.
 */
export async function provenByIssuer(
  settings: Settings,
  show: (code: DeviceCode) => void,
  signal: AbortSignal,
): Promise<Proven> {
  const issuer = new URL(settings.issuer)
  const configuration = await discovered(issuer, settings.clientId)
  const nonce = oidc.randomNonce()
  const scope = settings.claim === 'email' ? 'openid email' : 'openid'
  const asked = await spoken(
    'gave no code',
    oidc.initiateDeviceAuthorization(configuration, { scope, nonce }),
  )
  show({
    url: asked.verification_uri,
    code: asked.user_code,
    completeUrl: asked.verification_uri_complete,
    expiresInSeconds: asked.expires_in,
  })
  const expiry = AbortSignal.timeout(asked.expires_in * 1_000)
  const tokens = await spoken(
    'did not confirm who you are',
    oidc.pollDeviceAuthorizationGrant(configuration, asked, undefined, {
      signal: AbortSignal.any([signal, expiry]),
    }),
    expiry,
  )
  return provenBy(settings, nonce, { token: tokens.id_token, claims: tokens.claims() })
}

/** Whether somebody could sign in by a code. Throws one sentence when the issuer cannot be asked. */
export async function offersDeviceCodes({ issuer, clientId }: Settings): Promise<boolean> {
  const found = await discovered(new URL(issuer), clientId)
  return found.serverMetadata().device_authorization_endpoint !== undefined
}

async function discovered(issuer: URL, clientId: string): Promise<oidc.Configuration> {
  const plain = issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  return spoken(
    'cannot be asked',
    oidc.discovery(issuer, clientId, undefined, oidc.None(), {
      timeout: timeoutSeconds,
      // Without the second the signature of a token that came straight from the issuer would not be looked at.
      execute: [...plain, oidc.enableNonRepudiationChecks],
    }),
  )
}

function provenBy(
  { issuer, claim }: Settings,
  nonce: string,
  {
    token,
    claims,
  }: { readonly token: string | undefined; readonly claims: oidc.IDToken | undefined },
): Proven {
  const found = Claims.safeParse(claims).data
  if (token === undefined || !found)
    throw new Error('The issuer sent no token that says who you are')
  if (!algorithms.includes(algorithmOf(token)))
    throw new Error(
      `The issuer signs with an algorithm that is not taken here: ${algorithms.join(', ')} are`,
    )
  // Issuers need not repeat it in this flow; one that does must repeat ours.
  if (found.nonce !== undefined && found.nonce !== nonce)
    throw new Error('The token answers another question than ours')
  const email = found.email_verified === true ? found.email : undefined
  const name = claim === 'sub' ? found.sub : email
  if (name === undefined)
    throw new Error(
      'The issuer does not say that your email was verified: it proves nothing. Whoever runs Countermand can use claim: sub',
    )
  return { issuer, name, groups: found.groups, email }
}

const Claims = z.object({
  sub: z.string().min(1),
  nonce: z.string().optional(),
  email: z.string().min(3).optional(),
  email_verified: z.boolean().optional(),
  groups: z.array(z.string()).default([]).catch([]),
})

function algorithmOf(token: string): string {
  const header: unknown = JSON.parse(
    Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'),
  )
  return z.object({ alg: z.string() }).parse(header).alg
}

/** The library's errors, as a sentence for whoever sits there. */
async function spoken<Value>(
  what: string,
  answer: Promise<Value>,
  expiry?: AbortSignal,
): Promise<Value> {
  try {
    return await answer
  } catch (cause) {
    if (expiry?.aborted) throw new Error('The code has expired: ask again for a new one', { cause })
    throw new Error(`The issuer ${what}: ${reason(cause)}`, { cause })
  }
}

function reason(error: unknown): string {
  const known = z.object({ error: z.string() }).safeParse(error).data?.error
  if (known !== undefined) return reasons[known] ?? known
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== ''
    ? `${error.message} (${cause.message})`
    : error.message
}

const reasons: Readonly<Record<string, string>> = {
  access_denied: 'the sign-in was refused',
  expired_token: 'the code has expired; ask again for a new one',
}
