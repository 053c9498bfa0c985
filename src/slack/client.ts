import {
  type Logger,
  LogLevel,
  WebClient,
  type WebAPICallResult,
  type WebClientOptions,
} from '@slack/web-api'
import type { Log } from '#ports/log.ts'
import { isSlacks } from './origins.ts'
import { rateLimits } from './client-limits.ts'
import { callOutcomeOf } from './failure.ts'
import type { Meter, SlackSettings } from './parts.ts'
import { type Scrub, scrubbed } from './scrubbed.ts'

/**
 * One try, 3 s, and no waiting inside the client: an unknown outcome must not be repeated blindly, and what has to be repeated is
 * repeated by the outbox. (The client's own defaults are no time limit at all and ten tries in half an hour.)
 */
export function clientOptions(
  { apiUrl }: Pick<SlackSettings, 'apiUrl'>,
  log: Log,
  mustHold: () => void = () => undefined,
): WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: 3_000,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackLogger(log),
    // Slack names the address of an upload: neither our token nor our words go anywhere else (threat T139).
    fetch: async (url, init) => {
      if (!isSlacks(String(url), apiUrl)) throw new Error('an address that is not Slack’s')
      mustHold()
      return fetch(url, init)
    },
  }
}

/** No secret is sent to Slack in anything that people read (invariant I9). */
export const slackClient = (
  settings: Pick<SlackSettings, 'apiUrl' | 'botToken'>,
  log: Log,
  {
    scrub = (text) => text,
    mustHold,
    called = () => undefined,
  }: {
    readonly scrub?: Scrub
    readonly mustHold?: (() => void) | undefined
    readonly called?: Meter['slackCalled'] | undefined
  } = {},
): WebClient =>
  new ScrubbingClient(settings.botToken, clientOptions(settings, log, mustHold), scrub, called)

class ScrubbingClient extends WebClient {
  readonly #scrub: Scrub
  readonly #called: Meter['slackCalled']
  readonly #limited = rateLimits()

  constructor(
    token: string,
    options: WebClientOptions,
    scrub: Scrub,
    called: Meter['slackCalled'],
  ) {
    super(token, options)
    this.#scrub = scrub
    this.#called = called
  }

  override apiCall(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
    return this.#limited(method, options, () => this.#counted(method, options))
  }

  async #counted(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
    const began = performance.now()
    const count = (outcome: Parameters<Meter['slackCalled']>[1]) =>
      this.#called(method, outcome, (performance.now() - began) / 1_000)
    try {
      const answer = await super.apiCall(method, options && scrubbed(options, this.#scrub))
      count('answered')
      return answer
    } catch (error) {
      count(callOutcomeOf(error))
      throw error
    }
  }
}

/** Slack's libraries write into our log, their words as a field. */
export function slackLogger(log: Log): Logger {
  const fields = (said: readonly unknown[]) => ({ said: said.map(plain) })
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...said) => log.warn(fields(said), 'the Slack library warns'),
    error: (...said) => log.error(fields(said), 'the Slack library reports an error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  }
}

const plain = (said: unknown): unknown =>
  said instanceof Error ? { name: said.name, message: said.message } : String(said)
