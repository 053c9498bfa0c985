import type { WebClient } from '@slack/web-api'
import { type Role, roles } from '#domain/authority/role.ts'
import { isStranger, type PersonId } from '#domain/ids.ts'
import type { RoleSource } from '#domain/service.ts'
import type { Directory, HeldOf } from '#ports/directory.ts'
import type { Log } from '#ports/log.ts'
import { inTime } from './in-time.ts'
import { type Person, slackPeople } from './slack-person.ts'
import { slackUserGroups } from './slack-usergroup.ts'
import type { Source } from './source.ts'
import { staticMembers } from './static.ts'

export interface DirectoryParts {
  /** One try a call: a source that is slow is a source that is down. */
  readonly client: WebClient
  /** The organisation's; a service may replace them one by one. */
  readonly roles: Readonly<Record<Role, RoleSource>>
  readonly log: Log
  /** Our workspace, where the configuration names it; Slack is asked otherwise. */
  readonly workspace?: string
  /** People whose identity was proved to this process in another way, with the key of the human: they count as members while Slack is away. */
  readonly vouched?: ReadonlyMap<PersonId, string>
}

/** How long anything here may take, in ms: somebody is waiting for the answer to their click. */
const deadlineMs = 1_500

/** Combines what the sources say. Whoever a source that is down might name is unknown – never in, never out on a guess (threat T030). */
export function directory(parts: DirectoryParts): Directory {
  const { client, roles: organisation, log, workspace, vouched } = parts
  const team = workspace === undefined ? ownTeam(client) : async () => workspace
  const person = slackPeople(client, team)
  const named = staticMembers(team)
  const sources: readonly Source[] = [named, slackUserGroups(client, team)]

  const membersOf = async (role: Role, service: HeldOf, signal: AbortSignal): Promise<Members> => {
    const from = service.roles[role] ?? organisation[role]
    const answers = await Promise.all(
      sources.map(async (source): Promise<Members> => {
        try {
          return { people: (await inTime(source.members(from, signal), signal)) ?? [], down: [] }
        } catch (error) {
          log.warn({ source: source.name, role, error }, 'a source of roles did not answer')
          return { people: [], down: [source.name] }
        }
      }),
    )
    return {
      people: [...new Set(answers.flatMap(({ people }) => people))],
      down: answers.flatMap(({ down }) => down),
    }
  }

  /** A user group may hold guests and strangers without anybody having decided so: only the file counts for them. */
  const namedRoles = async (id: PersonId, service: HeldOf, signal: AbortSignal) => {
    const holds = async (role: Role) =>
      (await named.members(service.roles[role] ?? organisation[role], signal))?.includes(id) ===
      true
    const held = await Promise.all(roles.map(holds))
    return roles.filter((_, at) => held[at])
  }

  /** What Slack says counts; where it says nothing, what was proved to us. */
  const personNow = async (id: PersonId, signal: AbortSignal): Promise<Person> => {
    try {
      return await inTime(person(id, signal), signal)
    } catch (error) {
      const identity = vouched?.get(id)
      if (identity === undefined) throw error
      log.warn({ error }, 'Slack did not say who somebody is: their proof of identity counts')
      return { kind: 'member', identity }
    }
  }

  return {
    async standing(id, service, given) {
      if (isStranger(id)) return { kind: 'outsider', person: id, why: 'unknown' }
      const signal = AbortSignal.any([given, AbortSignal.timeout(deadlineMs)])
      const asked = personNow(id, signal)
      const held = Promise.all(
        roles.map(async (role) => ({ role, ...(await membersOf(role, service, signal)) })),
      )
      try {
        const found = await asked
        if (found.kind === 'outsider') return { kind: 'outsider', person: id, why: found.why }
        if (found.kind === 'visitor') {
          const own = await namedRoles(id, service, signal)
          return own.length === 0
            ? { kind: 'outsider', person: id, why: found.why }
            : { kind: 'member', person: id, identity: found.identity, roles: own, unknown: [] }
        }
        const all = await held
        return {
          kind: 'member',
          person: id,
          identity: found.identity,
          roles: all.flatMap(({ role, people }) => (people.includes(id) ? [role] : [])),
          unknown: all.flatMap(({ role, people, down }) =>
            people.includes(id) ? [] : down.map((source) => ({ role, source })),
          ),
        }
      } catch (error) {
        log.warn({ error }, 'Slack did not say who somebody is')
        // Not known to be one of us: holds nothing for certain, and might hold anything.
        return {
          kind: 'member',
          person: id,
          identity: id,
          roles: [],
          unknown: roles.map((role) => ({ role, source: 'Slack' })),
          isUnseen: true,
        }
      }
    },
    async holders(role, service, given) {
      return membersOf(role, service, AbortSignal.any([given, AbortSignal.timeout(deadlineMs)]))
    },
  }
}

interface Members {
  readonly people: readonly PersonId[]
  readonly down: readonly string[]
}

/** Which workspace we are in: asked once, and again after a failure. */
function ownTeam(client: WebClient): (signal: AbortSignal) => Promise<string> {
  let known: Promise<string> | undefined
  return (signal) => {
    known ??= client.auth.test().then(({ team_id: id }) => {
      if (id === undefined) throw new Error('Slack did not name our workspace')
      return id
    })
    known.catch(() => {
      known = undefined
    })
    return inTime(known, signal)
  }
}
