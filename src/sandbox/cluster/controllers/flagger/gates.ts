import type { Canary } from '../../flagger-objects.ts'
import type { Context } from '../context.ts'
import { checksumOf, phaseOf } from './canary.ts'

/** Asks at every gate of a type: yes is up to 202, and everything else is no. Without one of them, what comes by itself. */
export async function passes(
  canary: Canary,
  type: string,
  phase = phaseOf(canary),
): Promise<boolean> {
  for (const { url } of hooks(canary, type)) if (!(await isYes(canary, url, phase))) return false
  return true
}

/** Any yes takes the version back. */
export async function isTakenBack(canary: Canary): Promise<boolean> {
  for (const { url } of hooks(canary, 'rollback'))
    if (await isYes(canary, url, phaseOf(canary))) return true
  return false
}

/** Tells what happened; nobody's answer matters. */
export async function tell(
  { now }: Pick<Context, 'now'>,
  canary: Canary,
  eventMessage: string,
  eventType: string,
): Promise<void> {
  const timestamp = String(now().getTime())
  for (const { url } of hooks(canary, 'event'))
    await isYes(canary, url, phaseOf(canary), { eventMessage, eventType, timestamp })
}

const hooks = ({ spec }: Canary, type: string) =>
  (spec.analysis.webhooks ?? []).filter((one) => one.type === type)

async function isYes(
  canary: Canary,
  url: string,
  phase: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { name, namespace } = canary.metadata
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  try {
    const { status } = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(username === '' ? {} : { authorization: `Basic ${btoa(credentials)}` }),
      },
      body: JSON.stringify({ name, namespace, phase, checksum: checksumOf(canary), metadata }),
      signal: AbortSignal.timeout(10_000),
    })
    return status <= 202
  } catch {
    return false
  }
}
