import type { HealthProbe } from '#ports/metrics.ts'
import { whyNoAnswer } from '#no-answer.ts'
import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { pinnedRequest } from '#pinned-request.ts'

/** policy §8: 2xx within 10 s. */
const capMs = 10_000
const mostRedirects = 3
/** Nothing in the answer is read but its status. */
const limit = 64 * 1024
const headers = { accept: '*/*', 'cache-control': 'no-cache' }

type Answer = Awaited<ReturnType<HealthProbe['get']>>
type Outcome = Pick<Answer, 'ok' | 'status' | 'why'>

interface Options {
  /** `host:port` of every configured health URL; no other is asked. */
  readonly hosts: ReadonlySet<string>
  readonly timeoutMs?: number
  readonly resolve?: Resolve
}

/**
 * Asks health URLs, of configured hosts only, at the addresses that were checked (threat T139). Follows redirects on the same
 * host: an answer from elsewhere says nothing about the service.
 */
export function healthProbe({
  hosts,
  timeoutMs = capMs,
  resolve = resolveAll,
}: Options): HealthProbe {
  return {
    async get(url, abort) {
      const start = performance.now()
      const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
      const outcome = await ask(url, { hosts, resolve }, signal).catch(
        (error: unknown): Outcome =>
          unwell(
            error instanceof NotToBeAsked
              ? error.message
              : whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs),
          ),
      )
      return { ...outcome, tookMs: Math.round(performance.now() - start) }
    },
  }
}

async function ask(
  asked: string,
  { hosts, resolve }: Required<Pick<Options, 'hosts' | 'resolve'>>,
  signal: AbortSignal,
): Promise<Outcome> {
  if (!URL.canParse(asked)) return unwell('the address is malformed')
  let url = new URL(asked)
  if (!hosts.has(url.host)) return unwell('the host is not one of the configured health checks')
  // Once for all redirects: a name that points elsewhere a moment later changes nothing.
  const addresses = await addressesOf(url.hostname, resolve, signal)
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const { status, location } = await pinnedRequest(url, addresses, { signal, limit, headers })
    if (status < 300 || status >= 400 || location === undefined)
      return status >= 200 && status < 300
        ? { ok: true, status, why: undefined }
        : unwell(`answered ${status}`, status)
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    if (next?.hostname !== url.hostname || !hosts.has(next.host))
      return unwell(`answered ${status}, a redirect to another host`, status)
    url = next
  }
  return unwell(`redirected more than ${mostRedirects} times`)
}

const unwell = (why: string, status?: number): Outcome => ({ ok: false, status, why })
