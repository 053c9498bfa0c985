import { WebAPIRateLimitedError } from '@slack/web-api'

/**
 * Leaves alone what Slack asked us to leave alone: after a 429 the same is refused here until Slack's time is over, with what is left
 * of it, so that nobody waits and whoever can come back later knows when. Messages are limited by channel, all else by method.
 */
export function rateLimits(clock: () => number = () => performance.now()) {
  const until = new Map<string, number>()
  return async <Answer>(
    method: string,
    options: Readonly<Record<string, unknown>> | undefined,
    call: () => Promise<Answer>,
  ): Promise<Answer> => {
    const key = method === 'chat.postMessage' ? `${method} ${String(options?.['channel'])}` : method
    const leftMs = (until.get(key) ?? Number.NEGATIVE_INFINITY) - clock()
    if (leftMs > 0) throw new WebAPIRateLimitedError(Math.ceil(leftMs / 1_000))
    until.delete(key)
    try {
      return await call()
    } catch (error) {
      if (error instanceof WebAPIRateLimitedError)
        until.set(key, clock() + error.retryAfter * 1_000)
      throw error
    }
  }
}
