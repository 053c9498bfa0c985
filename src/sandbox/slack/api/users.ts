import { Refused, type UserSeed, type Wire } from '../model.ts'
import type { Workspace } from '../workspace.ts'
import { isOn, type Methods, paged, text } from './method.ts'

export const users: Methods = {
  'users.info': {
    scopes: ['users:read'],
    answer(args, { workspace }) {
      const person = workspace.people.get(text(args, 'user'))
      if (!person) throw new Refused('user_not_found')
      return { user: wireUser(person, workspace) }
    },
  },
  'users.list': {
    scopes: ['users:read'],
    answer(args, { workspace }) {
      const { page, next } = paged([...workspace.people.values()], args)
      return {
        members: page.map((person) => wireUser(person, workspace)),
        cache_ts: Math.floor(workspace.now() / 1_000),
        response_metadata: { next_cursor: next },
      }
    },
  },
  'users.lookupByEmail': {
    scopes: ['users:read.email'],
    answer(args, { workspace }) {
      const email = text(args, 'email').toLowerCase()
      const person = [...workspace.people.values()].find(
        (one) => one.email?.toLowerCase() === email && !one.deactivated,
      )
      if (!person) throw new Refused('users_not_found')
      return { user: wireUser(person, workspace) }
    },
  },
  'usergroups.list': {
    scopes: ['usergroups:read'],
    answer: (args, { workspace }) => ({
      usergroups: [...workspace.groups.values()].map(({ id, handle, name, members }) => ({
        id,
        team_id: workspace.team.id,
        is_usergroup: true,
        handle,
        name,
        description: '',
        date_delete: 0,
        ...(isOn(args, 'include_count') ? { user_count: members.length } : {}),
        ...(isOn(args, 'include_users') ? { users: members } : {}),
      })),
    }),
  },
  'usergroups.users.list': {
    scopes: ['usergroups:read'],
    answer(args, { workspace }) {
      const group = workspace.groups.get(text(args, 'usergroup'))
      if (!group) throw new Refused('no_such_subteam')
      return { users: group.members.filter((id) => !workspace.people.get(id)?.deactivated) }
    },
  },
}

export function wireUser(person: UserSeed, { team, bot }: Workspace): Wire {
  const isStranger = person.externalTeam !== undefined
  return {
    id: person.id,
    team_id: person.externalTeam ?? team.id,
    name: person.name,
    real_name: person.realName,
    deleted: person.deactivated ?? false,
    is_bot: person.bot ?? false,
    is_app_user: false,
    is_restricted: person.guest ?? false,
    is_ultra_restricted: false,
    is_stranger: isStranger,
    is_admin: false,
    is_owner: false,
    is_email_confirmed: person.email !== undefined && person.isUnconfirmed !== true,
    tz: 'Europe/Berlin',
    tz_offset: 3_600,
    updated: 0,
    profile: {
      real_name: person.realName,
      display_name: person.name,
      title: person.title ?? '',
      team: person.externalTeam ?? team.id,
      ...(person.email ? { email: person.email } : {}),
      ...(person.id === bot.userId ? { bot_id: bot.botId, api_app_id: bot.appId } : {}),
    },
  }
}
