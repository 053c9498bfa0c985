import { html } from './html.js'
import { Mrkdwn } from './mrkdwn.js'

const themes = { system: 'System colours', dark: 'Dark', light: 'Light' }
const signs = { system: '◐', dark: '☾', light: '☀' }

/** Name, topic, bookmarks and pins of a channel; the switches of the page. */
export function ChannelHeader({
  room,
  messages,
  names,
  colours: { theme, toggle },
  isUnreadElsewhere,
  showChannels,
  showPanel,
  isPanelOpen,
}) {
  const pinned = room.pins
    .map((ts) => messages.find(({ message }) => message.ts === ts))
    .filter((posted) => posted !== undefined)
  const [pin] = pinned.slice(-1)
  return html`<header class="channel-header">
    <div class="line">
      <button type="button" class="icon only-narrow" aria-label="Channels" onClick=${showChannels}>
        ☰${isUnreadElsewhere && html`<span class="dot"></span>`}
      </button>
      <div class="title">
        <h1>${room.isIm ? '' : room.isPrivate ? '⚿ ' : '# '}${room.isIm ? 'Direct message' : room.name}</h1>
        ${room.topic && html`<p class="topic"><${Mrkdwn} text=${room.topic} names=${names} /></p>`}
      </div>
      <button type="button" class="icon" title=${themes[theme]} aria-label=${`Colours: ${themes[theme]}`} onClick=${toggle}>
        ${signs[theme]}
      </button>
      <button type="button" class="button small" aria-pressed=${isPanelOpen} onClick=${showPanel}>Sandbox</button>
    </div>
    ${
      (room.bookmarks.length > 0 || pin) &&
      html`<div class="bookmarks">
      ${
        pin &&
        html`<button type="button" class="pin" onClick=${() => scrollTo(pin.message.ts)}>
        <span aria-hidden="true">📌</span> ${pinned.length} pinned
      </button>`
      }
      ${room.bookmarks.map(
        ({ id, title, link }) =>
          html`<a key=${id} href=${/^https?:/.test(link) ? link : undefined} target="_blank" rel="noreferrer noopener">${title}</a>`,
      )}
    </div>`
    }
  </header>`
}

function scrollTo(ts) {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  document
    .querySelector(`#m${CSS.escape(ts)}`)
    ?.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' })
}
