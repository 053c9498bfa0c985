import { html } from './html.js'

/** Workspace and channels; what has not been read stands out. */
export function Sidebar({ state, channel, unread, open }) {
  const rooms = state.channels
    .filter(({ isArchived, isIm }) => !isArchived && !isIm)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const directs = state.channels.filter(({ isIm }) => isIm)
  const row = (room, name) => {
    const count = unread[room.id] ?? 0
    return html`<li key=${room.id}>
      <button
        type="button"
        title=${name}
        class=${count > 0 ? 'unread' : ''}
        aria-current=${room.id === channel ? 'page' : undefined}
        onClick=${() => open(room.id)}
      >
        <span class="sign" aria-hidden="true">${room.isIm ? '@' : room.isPrivate ? '⚿' : '#'}</span>
        <span class="name">${name}</span>
        ${count > 0 && html`<span class="count" aria-label=${`${count} unread`}>${count}</span>`}
      </button>
    </li>`
  }
  return html`<nav class="sidebar" aria-label="Channels">
    <div class="workspace">${state.team.name}</div>
    <div class="group">Channels</div>
    <ul>
      ${rooms.map((room) => row(room, room.name))}
    </ul>
    ${
      directs.length > 0 &&
      html`<div class="group">Direct messages</div>
      <ul>
        ${directs.map((room) =>
          row(room, room.members.includes(state.bot.userId) ? state.bot.name : room.name),
        )}
      </ul>`
    }
  </nav>`
}
