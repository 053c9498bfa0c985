import { render } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Composer } from './composer.js'
import { Conversation } from './conversation.js'
import { Modal, useConfirm } from './dialogs.js'
import { ChannelHeader } from './channel-header.js'
import { html } from './html.js'
import { namesFor } from './names.js'
import { Panel } from './panel.js'
import { Sidebar } from './sidebar.js'
import { useSlack } from './slack-state.js'
import { useTheme } from './theme.js'
import { useRead } from './unread.js'

const wide = matchMedia('(min-width: 1100px)')

function App() {
  const [user, setUser] = useState(sessionStorage.getItem('user') ?? undefined)
  const state = useSlack(user)
  if (!state) return html`<p class="loading" role="status">Opening the sandbox…</p>`
  return html`<${Workspace} state=${state} switchTo=${(id) => {
    sessionStorage.setItem('user', id)
    setUser(id)
  }} />`
}

function Workspace({ state, switchTo }) {
  const { me, channels } = state
  const [wanted, setWanted] = useState(undefined)
  const [thread, setThread] = useState(undefined)
  const [pane, setPane] = useState(wide.matches ? 'panel' : 'channel')
  const [draft, setDraft] = useState(undefined)
  const [steps, setSteps] = useState({ broken: false, asked: false, approved: false })
  const { toggle: toggleTheme, theme } = useTheme()
  const startedAt = useMemo(() => performance.now(), [state.now])
  const now = state.world ? new Date(state.world.clock).getTime() : state.now
  const names = useMemo(
    () => namesFor({ ...state, now, startedAt: performance.now() }),
    [state.users, state.groups, channels, me, Math.floor(now / 30_000), startedAt],
  )
  const { confirm, drawn: confirmation } = useConfirm(names)
  const room = channels.find(({ id }) => id === wanted) ?? firstRoom(channels, state.world)
  const { unread } = useRead(state, room?.id)
  const isAnyFailing = state.world?.services.some(({ errorRate }) => (errorRate ?? 0) >= 0.01)
  const hasAsked = steps.asked || (state.world?.incidents.length ?? 0) > 0
  const done = {
    broken: steps.broken || isAnyFailing === true || hasAsked,
    asked: hasAsked || steps.approved,
    approved: steps.approved,
  }
  useEffect(() => setThread(undefined), [room?.id, me])
  const open = (id) => {
    setWanted(id)
    if (!wide.matches) setPane('channel')
  }
  const onPressed = (element) => {
    if (/^approve/i.test(element.text?.text ?? '') && state.users[me]?.role === 'onCall')
      setSteps((before) => ({ ...before, approved: true }))
  }
  if (!room) return html`<p class="loading">You are in no channel.</p>`
  const all = state.messages[room.id] ?? []
  const inChannel = all.filter(
    ({ message }) =>
      !message.thread_ts ||
      message.thread_ts === message.ts ||
      message.subtype === 'thread_broadcast',
  )
  const inThread = all.filter(
    ({ message }) => message.ts === thread || message.thread_ts === thread,
  )
  const shared = {
    me,
    users: state.users,
    names,
    confirm,
    onPressed,
    openThread: (ts) => {
      setThread(ts)
      if (!wide.matches) setPane('thread')
    },
  }
  const view = state.views.at(-1)
  const right = thread ? 'thread' : pane === 'panel' ? 'panel' : 'none'
  const toggle = (name) => setPane(pane === name ? 'channel' : name)
  return html`<div class="page" data-pane=${pane} data-right=${right}>
    <${Sidebar} state=${state} channel=${room.id} unread=${unread} open=${open} />
    <main class="channel">
      <${ChannelHeader}
        room=${room}
        messages=${all}
        names=${names}
        theme=${theme}
        toggleTheme=${toggleTheme}
        unreadElsewhere=${Object.values(unread).some((count) => count > 0)}
        showChannels=${() => toggle('channels')}
        showPanel=${() => {
          setThread(undefined)
          toggle('panel')
        }}
        isPanelOpen=${right === 'panel'}
      />
      ${
        state.slackDown &&
        html`<div class="banner" role="status">
        Slack is down. Countermand carries on without it; what it has to say arrives when Slack is back.
      </div>`
      }
      ${state.isLost && html`<div class="banner" role="status">Connecting…</div>`}
      <${Conversation}
        key=${`${me}/${room.id}`}
        list=${inChannel}
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
        onSent=${(words) => words.startsWith('/rollback ') && setSteps((before) => ({ ...before, asked: true }))}
      />
    </main>
    ${
      thread &&
      html`<aside class="thread" aria-label="Thread">
      <header>
        <h2>Thread</h2>
        <button type="button" class="icon" aria-label="Close thread" onClick=${() => {
          setThread(undefined)
          if (pane === 'thread') setPane('channel')
        }}>✕</button>
      </header>
      <${Conversation} key=${thread} list=${inThread} shared=${shared} label="Thread" inThread />
      <${Composer} key=${`${thread}/composer`} me=${me} channel=${room.id} thread=${thread} commands=${state.commands} isDown=${state.slackDown} placeholder="Reply…" />
    </aside>`
    }
    ${
      right === 'panel' &&
      html`<${Panel}
      state=${state}
      me=${me}
      switchTo=${switchTo}
      steps=${done}
      onShipped=${() => setSteps((before) => ({ ...before, broken: true }))}
      close=${() => setPane('channel')}
      tryCommand=${(text) => {
        setDraft({ text })
        if (!wide.matches) setPane('channel')
      }}
    />`
    }
    ${
      view &&
      html`<${Modal} key=${view.id} view=${view} errors=${state.errors[view.id]} me=${me} names=${names} confirm=${confirm} />`
    }
    ${confirmation}
  </div>`
}

function Beginning({ room }) {
  return html`<div class="beginning">
    <h2>#${room.name}</h2>
    <p>${room.topic || 'Nothing has been said here yet.'}</p>
  </div>`
}

/** Where a newcomer starts: the channel of the first service, else the first there is. */
function firstRoom(channels, world) {
  const open = channels.filter(({ isArchived, isIm }) => !isArchived && !isIm)
  return open.find(({ name }) => name === (world?.services[0]?.name ?? 'checkout')) ?? open[0]
}

render(html`<${App} />`, document.querySelector('#page'))
