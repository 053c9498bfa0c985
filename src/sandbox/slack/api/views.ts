import { faultsInView } from '../block-kit.ts'
import { Refused, type View, type Wire } from '../model.ts'
import type { Workspace } from '../workspace.ts'
import { withIds } from './chat.ts'
import { isWire, type Methods, optionalText, structure, text } from './method.ts'

/** A root view and two pushed on it. */
const deepest = 3
const largestView = 250 * 1_024

export const views: Methods = {
  'views.open': {
    scopes: [],
    answer(args, { workspace, sessions }) {
      const body = checkedView(args)
      const user = sessions.useTrigger(text(args, 'trigger_id'))
      const view = newView(workspace, body, undefined)
      workspace.setViews(user, [view])
      return { view }
    },
  },
  'views.push': {
    scopes: [],
    answer(args, { workspace, sessions }) {
      const body = checkedView(args)
      const user = sessions.useTrigger(text(args, 'trigger_id'))
      return { view: pushView(workspace, user, body) }
    },
  },
  'views.update': {
    scopes: [],
    answer(args, { workspace }) {
      const id = optionalText(args, 'view_id')
      const external = optionalText(args, 'external_id')
      const found = findView(
        workspace,
        (view) => view.id === id || (external !== undefined && view.external_id === external),
      )
      if (!found) throw new Refused('not_found')
      const hash = optionalText(args, 'hash')
      if (hash !== undefined && hash !== found.view.hash) throw new Refused('hash_conflict')
      return { view: replaceView(workspace, found.user, found.view, checkedView(args)) }
    },
  },
  'views.publish': {
    scopes: [],
    answer(args, { workspace }) {
      const user = text(args, 'user_id')
      if (!workspace.people.has(user)) throw new Refused('user_not_found')
      const body = checkedView(args)
      if (body['type'] !== 'home') throw new Refused('invalid_arguments')
      const hash = optionalText(args, 'hash')
      const before = workspace.homes.get(user)
      if (hash !== undefined && before && hash !== before.hash) throw new Refused('hash_conflict')
      const view = newView(workspace, body, undefined)
      workspace.homes.set(user, view)
      workspace.tell({ kind: 'people' })
      return { view }
    },
  },
}

/** The view somebody has open, wherever it lies in their stack. */
export function findView(
  workspace: Workspace,
  matches: (view: View) => boolean,
): { readonly user: string; readonly view: View } | undefined {
  for (const user of workspace.people.keys()) {
    const view = workspace.viewsOf(user).find(matches)
    if (view) return { user, view }
  }
  return undefined
}

export function pushView(workspace: Workspace, user: string, body: Wire): View {
  const stack = workspace.viewsOf(user)
  if (stack.length >= deepest) throw new Refused('push_limit_reached')
  const view = newView(workspace, body, stack.at(-1))
  workspace.setViews(user, [...stack, view])
  return view
}

export function replaceView(workspace: Workspace, user: string, old: View, body: Wire): View {
  const fresh = newView(workspace, body, undefined)
  const view: View = {
    ...fresh,
    id: old.id,
    root_view_id: old.root_view_id,
    previous_view_id: old.previous_view_id,
    external_id: fresh.external_id || old.external_id,
  }
  workspace.setViews(
    user,
    workspace.viewsOf(user).map((one) => (one.id === old.id ? view : one)),
  )
  return view
}

/** Throws `invalid_arguments` with Slack's wording when the view would not be taken. */
export function checkedView(args: Wire): Wire {
  const view = structure(args, 'view', 'invalid_arguments')
  const faults = faultsInView(view)
  const messages = faults.map(
    ({ message, pointer }) => `[ERROR] ${message} [json-pointer:${pointer}]`,
  )
  if (faults.length > 0 || !isWire(view))
    throw new Refused('invalid_arguments', { response_metadata: { messages } })
  if (JSON.stringify(view).length > largestView) throw new Refused('view_too_large')
  return view
}

function newView({ newId, now, team, bot }: Workspace, body: Wire, below: View | undefined): View {
  const id = newId('V')
  const blocks = Array.isArray(body['blocks']) ? withIds(body['blocks'].filter(isWire)) : []
  const textObject = (name: string): Wire | null => {
    const value = body[name]
    return isWire(value) ? value : null
  }
  return {
    id,
    type: body['type'] === 'home' ? 'home' : 'modal',
    team_id: team.id,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
    hash: `${Math.floor(now() / 1_000)}.${id.slice(-8)}${newId('H').slice(-4)}`,
    callback_id: optionalText(body, 'callback_id') ?? '',
    external_id: optionalText(body, 'external_id') ?? '',
    private_metadata: optionalText(body, 'private_metadata') ?? '',
    blocks,
    title: textObject('title'),
    submit: textObject('submit'),
    close: textObject('close'),
    clear_on_close: body['clear_on_close'] === true,
    notify_on_close: body['notify_on_close'] === true,
    submit_disabled: body['submit_disabled'] === true,
    state: { values: {} },
    root_view_id: below?.root_view_id ?? id,
    previous_view_id: below?.id ?? null,
  }
}
