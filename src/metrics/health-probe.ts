import type { HealthProbe } from '#ports/metrics.ts'
import { whyNoAnswer } from './failure.ts'
import { readLimited } from './read-limited.ts'

/** policy §8: 2xx within 10 s. */
const capMs = 10_000
const mostRedirects = 3
const bodyLimit = 64 * 1024

type Answer = Awaited<ReturnType<HealthProbe['get']>>
type Outcome = Pick<Answer, 'ok' | 'status' | 'why'>

/** Asks health URLs. Follows redirects on the same host only: an answer from elsewhere says nothing about the service. */
export function healthProbe({
  timeoutMs = capMs,
}: {
  readonly timeoutMs?: number
} = {}): HealthProbe {
  return {
    async get(url, abort) {
      const start = performance.now()
      const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
      const outcome = await ask(url, signal).catch(
        (error: unknown): Outcome => ({
          ok: false,
          status: undefined,
          why: whyNoAnswer(error, timeoutMs),
        }),
      )
      return { ...outcome, tookMs: Math.round(performance.now() - start) }
    },
  }
}

async function ask(asked: string, signal: AbortSignal): Promise<Outcome> {
  if (!URL.canParse(asked)) return { ok: false, status: undefined, why: 'the address is malformed' }
  let url = new URL(asked)
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await fetch(url, {
      signal,
      redirect: 'manual',
      headers: { accept: '*/*', 'cache-control': 'no-cache', 'user-agent': 'countermand' },
    })
    await readLimited(response, bodyLimit)
    const { status } = response
    const location = response.headers.get('location')
    if (status < 300 || status >= 400 || location === null)
      return response.ok
        ? { ok: true, status, why: undefined }
        : { ok: false, status, why: `answered ${status}` }
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    if (next?.hostname !== url.hostname)
      return { ok: false, status, why: `answered ${status}, a redirect to another host` }
    url = next
  }
  return { ok: false, status: undefined, why: `redirected more than ${mostRedirects} times` }
}
