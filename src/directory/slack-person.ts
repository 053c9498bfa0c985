import type { WebClient } from '@slack/web-api'
import type { PersonId } from '#domain/ids.ts'
import type { Standing } from '#domain/authority/standing.ts'
import { briefly } from './cache.ts'

export type Person =
  | { readonly kind: 'member'; readonly identity: string }
  | { readonly kind: 'outsider'; readonly why: Extract<Standing, { kind: 'outsider' }>['why'] }

/** Who somebody is at Slack, at most 10 s old. Throws when Slack does not answer. */
export function slackPeople(client: WebClient, team: (signal: AbortSignal) => Promise<string>) {
  const fresh = briefly<Person>()
  return async (id: PersonId, signal: AbortSignal): Promise<Person> => {
    const [home = '', user = ''] = id.split(':')
    if (home !== (await team(signal))) return { kind: 'outsider', why: 'external' }
    return fresh(id, async () => {
      try {
        const { user: found } = await client.users.info({ user })
        return personOf(found, home, user)
      } catch (error) {
        if (isUnknown(error)) return { kind: 'outsider', why: 'unknown' }
        throw error
      }
    })
  }
}

type Found = Awaited<ReturnType<WebClient['users']['info']>>['user']

function personOf(found: Found, home: string, user: string): Person {
  if (!found) return { kind: 'outsider', why: 'unknown' }
  if (found.deleted === true) return { kind: 'outsider', why: 'deactivated' }
  if (found.is_bot === true || user === 'USLACKBOT') return { kind: 'outsider', why: 'bot' }
  if (found.is_stranger === true || (found.team_id !== undefined && found.team_id !== home))
    return { kind: 'outsider', why: 'external' }
  if (found.is_restricted === true || found.is_ultra_restricted === true)
    return { kind: 'outsider', why: 'guest' }
  // Two accounts of one human share an address that Slack has verified; an unverified one proves nothing (invariant I4).
  const email = found.is_email_confirmed === true ? found.profile?.email : undefined
  return { kind: 'member', identity: email?.trim().toLowerCase() || `${home}:${user}` }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof Error &&
  'data' in error &&
  typeof error.data === 'object' &&
  error.data !== null &&
  'error' in error.data &&
  ['user_not_found', 'user_not_visible', 'users_not_found'].includes(String(error.data.error))
