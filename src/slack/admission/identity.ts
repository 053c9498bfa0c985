import type { Fields } from './body.ts'
import { isFields } from './body.ts'

/** Who we are at Slack. */
export interface Identity {
  readonly team: string
  readonly botId: string
  readonly botUserId: string
  /** Unknown where Slack does not tell it. */
  readonly appId: string | undefined
}

/** A request made for another workspace or another app, although its signature is right. */
export function isForeign(body: Fields, { team, appId }: Identity): boolean {
  const inner = isFields(body['team']) ? body['team']['id'] : undefined
  const claimed = [body['team_id'], inner].filter((id) => typeof id === 'string')
  const app = body['api_app_id']
  return (
    claimed.some((id) => id !== team) ||
    (appId !== undefined && typeof app === 'string' && app !== appId)
  )
}
