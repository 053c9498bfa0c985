import { Composer } from './composer.js'
import { Conversation } from './conversation.js'
import { html } from './html.js'

/** A message and its replies, beside the channel. */
export function Thread({ ts, list, state, channel, shared, close }) {
  return html`<aside class="thread" aria-label="Thread">
    <header>
      <h2>Thread</h2>
      <button type="button" class="icon" aria-label="Close thread" onClick=${close}>✕</button>
    </header>
    <${Conversation} key=${ts} list=${list} shared=${shared} label="Thread" inThread />
    <${Composer}
      key=${`${ts}/composer`}
      me=${state.me}
      channel=${channel}
      thread=${ts}
      commands=${state.commands}
      isDown=${state.slackDown}
      placeholder="Reply…"
    />
  </aside>`
}
