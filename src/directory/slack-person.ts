import type { WebClient } from '@slack/web-api'
import type { PersonId } from '#domain/ids.ts'
import type { Standing } from '#domain/authority/standing.ts'
import { briefly } from './cache.ts'

type Why = Extract<Standing, { kind: 'outsider' }>['why']
export type Person =
  | { readonly kind: 'member'; readonly identity: string }
  /** Not one of us: counts only where the configuration names them by their id (threats T009, T010). */
  | {
      readonly kind: 'visitor'
      readonly identity: string
      readonly why: Extract<Why, 'guest' | 'external'>
    }
  | { readonly kind: 'outsider'; readonly why: Why }

/** Who somebody is at Slack, at most 10 s old. Throws when Slack does not answer. */
export function slackPeople(client: WebClient, team: (signal: AbortSignal) => Promise<string>) {
  const fresh = briefly<Person>()
  return async (id: PersonId, signal: AbortSignal): Promise<Person> => {
    const [home = '', user = ''] = id.split(':')
    const own = await team(signal)
    return fresh(id, async () => {
      try {
        const { user: found } = await client.users.info({ user })
        return personOf(found, { home, user, own })
      } catch (error) {
        // A stranger is not given the benefit of the doubt while Slack is away.
        if (home !== own) return { kind: 'outsider', why: 'external' }
        if (isUnknown(error)) return { kind: 'outsider', why: 'unknown' }
        throw error
      }
    })
  }
}

type Found = Awaited<ReturnType<WebClient['users']['info']>>['user']

function personOf(
  found: Found,
  { home, user, own }: { readonly home: string; readonly user: string; readonly own: string },
): Person {
  if (!found) return { kind: 'outsider', why: 'unknown' }
  // Whoever claims another workspace than Slack knows them by is nobody we know.
  if (found.team_id !== undefined && found.team_id !== home)
    return { kind: 'outsider', why: 'external' }
  if (found.deleted === true) return { kind: 'outsider', why: 'deactivated' }
  if (found.is_bot === true || user === 'USLACKBOT') return { kind: 'outsider', why: 'bot' }
  // Two accounts of one human share an address that Slack has verified; an unverified one proves nothing (invariant I4).
  const email = found.is_email_confirmed === true ? found.profile?.email : undefined
  const identity = email?.trim().toLowerCase() || `${home}:${user}`
  if (found.is_stranger === true || home !== own)
    return { kind: 'visitor', identity, why: 'external' }
  if (found.is_restricted === true || found.is_ultra_restricted === true)
    return { kind: 'visitor', identity, why: 'guest' }
  return { kind: 'member', identity }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof Error &&
  'data' in error &&
  typeof error.data === 'object' &&
  error.data !== null &&
  'error' in error.data &&
  ['user_not_found', 'user_not_visible', 'users_not_found'].includes(String(error.data.error))
