import { createHmac } from 'node:crypto'

/** A form as Slack sends it, signed now. */
export function signedPost(secret: string, fields: Readonly<Record<string, string>>) {
  const body = new URLSearchParams(fields).toString()
  const stamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', secret).update(`v0:${stamp}:${body}`)
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${mac.digest('hex')}`,
    },
  }
}
