import { type Logger, LogLevel } from '@slack/bolt'
import { WebClient, type WebClientOptions } from '@slack/web-api'
import type { Log } from '#ports/log.ts'
import type { SlackSettings } from './parts.ts'

/**
 * One try, 3 s, and no waiting inside the client: an unknown outcome must not be repeated blindly, and what has to be repeated is
 * repeated by the outbox. (The client's own defaults are no time limit at all and ten tries in half an hour.)
 */
export function clientOptions(
  { apiUrl }: Pick<SlackSettings, 'apiUrl'>,
  log: Log,
): WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: 3_000,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackLogger(log),
  }
}

export const slackClient = (
  settings: Pick<SlackSettings, 'apiUrl' | 'botToken'>,
  log: Log,
): WebClient => new WebClient(settings.botToken, clientOptions(settings, log))

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
