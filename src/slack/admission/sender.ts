import { type PersonId, personId } from '#domain/ids.ts'
import { type Fields, isFields } from './body.ts'

/** Who sent it, as Slack signed it. A person of another workspace carries that workspace's id, whoever's the channel is (threat T009). */
export function senderOf(body: Fields): PersonId | undefined {
  const user = isFields(body['user']) ? body['user'] : {}
  const team = isFields(body['team']) ? body['team'] : {}
  const [home] = [user['team_id'], body['team_id'], team['id']].filter(isId)
  const [id] = [body['user_id'], user['id']].filter(isId)
  return home === undefined || id === undefined ? undefined : personId(`${home}:${id}`)
}

const isId = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z][A-Z0-9]{1,30}$/.test(value)
