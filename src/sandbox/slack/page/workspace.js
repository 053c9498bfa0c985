import { useEffect, useMemo, useState } from 'preact/hooks'
import { ChannelHeader } from './channel-header.js'
import { Composer } from './composer.js'
import { Conversation } from './conversation.js'
import { Modal, useConfirm } from './dialogs.js'
import { html } from './html.js'
import { namesFor } from './names.js'
import { Panel } from './panel.js'
import { Sidebar } from './sidebar.js'
import { useSteps } from './steps.js'
import { useTheme } from './theme.js'
import { Thread } from './thread.js'
import { useRead } from './unread.js'

/** Beside each other when there is room, else one at a time. */
const wide = matchMedia('(min-width: 1100px)')
const renamedEveryMs = 30_000

/** The whole window: channels, one channel, its thread or the sandbox panel, and what stands before them. */
export function Workspace({ state, switchTo }) {
  const { me, channels } = state
  const [wanted, setWanted] = useState(undefined)
  const [thread, setThread] = useState(undefined)
  const [pane, setPane] = useState(wide.matches ? 'panel' : 'channel')
  const [draft, setDraft] = useState(undefined)
  const colours = useTheme()
  const names = useNames(state)
  const { confirm, drawn: confirmation } = useConfirm(names)
  const { steps, shipped, sent } = useSteps(state)
  const room = channels.find(({ id }) => id === wanted) ?? firstRoom(state)
  const { unread } = useRead(state, room?.id)
  useEffect(() => setThread(undefined), [room?.id, me])
  if (!room) return html`<p class="loading">You are in no channel.</p>`

  const all = state.messages[room.id] ?? []
  const view = state.views.at(-1)
  const right = thread ? 'thread' : pane === 'panel' ? 'panel' : 'none'
  const showChannel = () => setPane('channel')
  const toChannel = () => !wide.matches && showChannel()
  const toggle = (name) => setPane(pane === name ? 'channel' : name)
  const open = (id) => {
    setWanted(id)
    toChannel()
  }
  const openThread = (ts) => {
    setThread(ts)
    if (!wide.matches) setPane('thread')
  }
  const shared = { me, users: state.users, names, confirm, openThread }

  return html`<div class="page" data-pane=${pane} data-right=${right}>
    <${Sidebar}
      state=${state}
      channel=${room.id}
      unread=${unread}
      open=${open}
    />
    <main class="channel">
      <${ChannelHeader}
        room=${room}
        messages=${all}
        names=${names}
        colours=${colours}
        isUnreadElsewhere=${Object.values(unread).some((count) => count > 0)}
        isPanelOpen=${right === 'panel'}
        showChannels=${() => toggle('channels')}
        showPanel=${() => {
          setThread(undefined)
          if (thread) setPane('panel')
          else toggle('panel')
        }}
      />
      <${Banners} state=${state} />
      <${Conversation}
        key=${`${me}/${room.id}`}
        list=${all.filter(isInChannel)}
        shared=${shared}
        pins=${room.pins}
        label=${`Messages in #${room.name}`}
        empty=${html`<${Beginning} room=${room} />`}
      />
      <${Composer}
        key=${`${me}/${room.id}/composer`}
        me=${me}
        channel=${room.id}
        commands=${state.commands}
        isDown=${state.slackDown}
        draft=${draft}
        placeholder=${room.isIm ? 'Message' : `Message #${room.name}`}
        onSent=${sent}
      />
    </main>
    ${
      thread &&
      html`<${Thread}
        ts=${thread}
        list=${all.filter(({ message }) => message.ts === thread || message.thread_ts === thread)}
        state=${state}
        channel=${room.id}
        shared=${shared}
        close=${() => {
          setThread(undefined)
          if (pane === 'thread') showChannel()
        }}
      />`
    }
    ${
      right === 'panel' &&
      html`<${Panel}
        state=${state}
        me=${me}
        switchTo=${switchTo}
        steps=${steps}
        onShipped=${shipped}
        close=${showChannel}
        open=${open}
        tryCommand=${(text) => {
          setDraft({ text })
          toChannel()
        }}
      />`
    }
    ${
      view &&
      html`<${Modal}
        key=${view.id}
        view=${view}
        errors=${state.errors[view.id]}
        me=${me}
        names=${names}
        confirm=${confirm}
      />`
    }
    ${confirmation}
  </div>`
}

function Banners({ state }) {
  return html`${
    state.slackDown &&
    html`<div class="banner" role="status">
      Slack is down. Countermand carries on without it; what it has to say arrives when Slack is
      back.
    </div>`
  }
  ${state.isLost && html`<div class="banner" role="status">Connecting…</div>`}`
}

function Beginning({ room }) {
  return html`<div class="beginning">
    <h2>#${room.name}</h2>
    <p>${room.topic || 'Nothing has been said here yet.'}</p>
  </div>`
}

/** What ids are called; made anew now and then so that “5 min ago” stays true. */
function useNames({ users, groups, channels, me, now, world }) {
  const time = world ? new Date(world.clock).getTime() : now
  return useMemo(
    () => namesFor({ users, groups, channels, me, now: time, startedAt: performance.now() }),
    [users, groups, channels, me, Math.floor(time / renamedEveryMs)],
  )
}

/** Replies stay in their thread unless they were sent to the channel as well. */
const isInChannel = ({ message }) =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === 'thread_broadcast'

/** Where a newcomer starts: the channel of the first service, else the first there is. */
function firstRoom({ channels, world }) {
  const open = channels.filter(({ isArchived, isIm }) => !isArchived && !isIm)
  const names = world?.services.map(({ name }) => name) ?? []
  const preferred = names.includes('checkout') ? 'checkout' : names[0]
  return open.find(({ name }) => name === (preferred ?? 'checkout')) ?? open[0]
}
