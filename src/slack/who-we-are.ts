import type { WebClient } from '@slack/web-api'
import type { Clock } from '#ports/clock.ts'
import type { Log } from '#ports/log.ts'
import type { Identity } from './admission/identity.ts'
import { whyOf } from './failure.ts'

/** Between two questions while Slack does not answer, in ms. */
const firstWaitMs = 500
const longestWaitMs = 10_000

/** Asks Slack who we are until it answers or `signal` aborts (then `undefined`). Nothing but requests of Slack waits for it. */
export async function whoWeAre(
  { client, clock, log }: { readonly client: WebClient; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<Identity | undefined> {
  for (let wait = firstWaitMs; !signal.aborted; wait = Math.min(longestWaitMs, wait * 2)) {
    try {
      const said = await client.auth.test()
      const { team_id: team, user_id: botUserId, bot_id: botId } = said
      if (team !== undefined && botUserId !== undefined && botId !== undefined)
        return { team, botUserId, botId, appId: said.app_id ?? (await appOf(client, botId)) }
      log.error({ team, botUserId }, 'the token is none of a bot')
    } catch (error) {
      log.warn({ why: whyOf(error) }, 'Slack does not say who we are')
    }
    await clock.pause(wait, signal)
  }
  return undefined
}

async function appOf(client: WebClient, bot: string): Promise<string | undefined> {
  try {
    return (await client.bots.info({ bot })).bot?.app_id
  } catch {
    // Without it, requests for another app of the same workspace are told apart by their signature alone.
    return undefined
  }
}
