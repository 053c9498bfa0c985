import type { World } from './api/method.ts'
import type { Channel, Message, Posted, View, Wire } from './model.ts'
import type { Answerable } from './sessions.ts'

/** The fields every interaction carries. `token` is Slack's retired verification token. */
export function common(user: string, { workspace, sessions }: World) {
  const { team, bot, people } = workspace
  const person = people.get(user)
  const teamId = person?.externalTeam ?? team.id
  return {
    user: {
      id: user,
      username: person?.name ?? user,
      name: person?.name ?? user,
      team_id: teamId,
    },
    api_app_id: bot.appId,
    token: 'retired-verification-token',
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: sessions.newTrigger(user),
  }
}

/** The form of a slash command, with an address for answers. */
export function slashCommand(
  room: Channel,
  command: string,
  text: string,
  answerable: Answerable,
  { workspace, sessions, baseUrl }: World,
): Readonly<Record<string, string>> {
  const { user } = answerable
  return {
    token: 'retired-verification-token',
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: room.id,
    channel_name: room.isIm ? 'directmessage' : room.isPrivate ? 'privategroup' : room.name,
    user_id: user,
    user_name: workspace.people.get(user)?.name ?? user,
    command,
    text,
    api_app_id: workspace.bot.appId,
    is_enterprise_install: 'false',
    response_url: `${baseUrl()}/response/${sessions.newResponse(answerable)}`,
    trigger_id: sessions.newTrigger(user),
  }
}

/** A press in a message, with an address for answers. */
export function messageAction(
  user: string,
  posted: Posted,
  action: Wire,
  state: Wire,
  world: World,
): Wire {
  const { channel, message, visibleTo } = posted
  const isEphemeral = visibleTo !== undefined
  const answer = world.sessions.newResponse({
    user,
    channel,
    original: message.ts,
    thread: message.thread_ts === message.ts ? undefined : message.thread_ts,
    replaceable: true,
  })
  return {
    type: 'block_actions',
    ...common(user, world),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel,
      is_ephemeral: isEphemeral,
      ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
    },
    channel: channelOf(channel, world),
    // Slack leaves the message out of payloads from ephemeral messages.
    ...(isEphemeral ? {} : { message }),
    state: { values: state },
    response_url: `${world.baseUrl()}/response/${answer}`,
    actions: [action],
  }
}

export const viewAction = (
  user: string,
  view: View,
  action: Wire,
  state: Wire,
  world: World,
): Wire => ({
  type: 'block_actions',
  ...common(user, world),
  container: { type: 'view', view_id: view.id },
  view: { ...view, state: { values: state } },
  actions: [action],
})

export const viewSubmission = (user: string, view: View, state: Wire, world: World): Wire => ({
  type: 'view_submission',
  ...common(user, world),
  view: { ...view, state: { values: state } },
  response_urls: [],
})

export const viewClosed = (user: string, view: View, isCleared: boolean, world: World): Wire => {
  const { trigger_id: _none, ...rest } = common(user, world)
  return { type: 'view_closed', ...rest, view, is_cleared: isCleared }
}

export function optionsQuery(
  user: string,
  where: Posted | View,
  asked: { readonly actionId: string; readonly blockId: string; readonly value: string },
  world: World,
): Wire {
  const { trigger_id: _none, ...rest } = common(user, world)
  const query = {
    type: 'block_suggestion',
    ...rest,
    action_id: asked.actionId,
    block_id: asked.blockId,
    value: asked.value,
  }
  if (!isPosted(where))
    return { ...query, container: { type: 'view', view_id: where.id }, view: where }
  return {
    ...query,
    container: {
      type: 'message',
      message_ts: where.message.ts,
      channel_id: where.channel,
      is_ephemeral: where.visibleTo !== undefined,
    },
    channel: channelOf(where.channel, world),
    message: where.message,
  }
}

export const isPosted = (where: Posted | View): where is Posted => 'visibleTo' in where

export const globalShortcut = (user: string, callbackId: string, world: World): Wire => ({
  type: 'shortcut',
  ...common(user, world),
  action_ts: world.workspace.newTs(),
  callback_id: callbackId,
})

export function messageShortcut(
  user: string,
  callbackId: string,
  channel: string,
  message: Message,
  world: World,
): Wire {
  const answer = world.sessions.newResponse({
    user,
    channel,
    original: message.ts,
    thread: undefined,
    replaceable: false,
  })
  return {
    type: 'message_action',
    ...common(user, world),
    action_ts: world.workspace.newTs(),
    callback_id: callbackId,
    channel: channelOf(channel, world),
    message_ts: message.ts,
    message,
    response_url: `${world.baseUrl()}/response/${answer}`,
  }
}

/** Slack names private channels `privategroup` and direct messages `directmessage`. */
export function channelOf(
  id: string,
  { workspace }: World,
): { readonly id: string; readonly name: string } {
  const room = workspace.rooms.get(id)
  if (room?.isIm) return { id, name: 'directmessage' }
  return { id, name: room?.isPrivate ? 'privategroup' : (room?.name ?? id) }
}
