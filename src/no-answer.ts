const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not trusted',
}

/** Why a request got no answer, in words that hold no address and no credential. */
export function whyNoAnswer(error: unknown, timeoutMs: number): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Whoever broke it off earlier says after how long.
    if (at.name === 'TimeoutError')
      return at.message.startsWith('no answer')
        ? at.message
        : `no answer within ${timeoutMs / 1_000} s`
    if (at.name === 'AbortError') return 'given up before an answer came'
    const why = causes[codeOf(at)]
    if (why !== undefined) return why
  }
  return 'the request failed'
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : ''
