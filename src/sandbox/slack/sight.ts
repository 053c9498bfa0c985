import type { PageDeps } from './page-server.ts'
import type { Change, Posted } from './model.ts'
import { mayLook } from './workspace.ts'

/** How many messages of a channel the page starts with. */
const recent = 300

/** Everything one person sees when they open Slack. */
export function sightFor(user: string, { world, hints, errors, faults, controls }: PageDeps) {
  const { workspace } = world
  const rooms = [...workspace.rooms.values()].filter((room) => mayLook(world.workspace, room, user))
  const views = workspace.viewsOf(user)
  return {
    me: user,
    team: workspace.team,
    bot: workspace.bot,
    now: workspace.now(),
    ...peopleIn(world.workspace),
    channels: rooms,
    messages: rooms.flatMap((room) =>
      workspace.posted
        .filter((posted) => posted.channel === room.id && isSeenBy(posted, user))
        .slice(-recent),
    ),
    views,
    errors: errorsFor(views, errors),
    commands: hints,
    slackDown: faults.isDown(),
    hasControls: controls() !== undefined,
  }
}

/** What one person's page is told of a change; `undefined` when it is not theirs to see. */
export function sightOf(change: Change, user: string, deps: PageDeps): object | undefined {
  const { workspace } = deps.world
  switch (change.kind) {
    case 'message': {
      const room = workspace.rooms.get(change.posted.channel)
      return room && mayLook(workspace, room, user) && isSeenBy(change.posted, user)
        ? change
        : undefined
    }
    case 'message_gone':
      return change.visibleTo === undefined || change.visibleTo === user ? change : undefined
    case 'channel':
      return mayLook(workspace, change.channel, user) ? change : undefined
    case 'people':
      return { kind: 'people', ...peopleIn(workspace) }
    case 'views':
      return change.user === user
        ? { ...change, errors: errorsFor(change.views, deps.errors) }
        : undefined
    case 'trouble':
      return { kind: 'trouble', slackDown: deps.faults.isDown() }
  }
}

const isSeenBy = ({ visibleTo }: Posted, user: string): boolean =>
  visibleTo === undefined || visibleTo === user
const peopleIn = ({ people, groups }: PageDeps['world']['workspace']) => ({
  users: [...people.values()],
  groups: [...groups.values()],
})
const errorsFor = (
  views: readonly { readonly id: string }[],
  errors: PageDeps['errors'],
): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  Object.fromEntries(views.map(({ id }) => [id, errors.get(id) ?? {}]))
