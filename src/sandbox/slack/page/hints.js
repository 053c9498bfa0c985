import { useState } from 'preact/hooks'
import { html } from './html.js'

/** Three steps that disappear as they are followed, then what else is worth a look. */
export function Hints({ steps, state: { world, channels }, tryCommand, open }) {
  const [isDismissed, setDismissed] = useState(false)
  const names = world.services.map(({ name }) => name)
  const service = names.includes('checkout') ? 'checkout' : (names[0] ?? 'checkout')
  const latest = world.incidents.at(-1)
  const room = channels.find(({ id }) => id === latest?.channel)
  const where =
    room &&
    html` in <button type="button" class="link" onClick=${() => open(room.id)}>#${room.name}</button>`
  const all = [
    {
      isDone: steps.broken,
      words: html`Break <b>${service}</b>: press <b>Ship a bad version</b> below.`,
    },
    {
      isDone: steps.asked,
      words: html`In its channel, type${' '}
        <button type="button" class="try" onClick=${() => tryCommand(`/rollback ${service}`)}>
          /rollback ${service}
        </button>`,
    },
    {
      isDone: steps.approved,
      words: latest?.countingDown
        ? html`It is rolled back by itself when the countdown on its card${where} is over. As the <b>on-call engineer</b>, or whom the card names, press <b>Now</b> not to wait, or <b>Cancel</b>.`
        : html`As the <b>on-call engineer</b>, or whom the card names, press <b>Approve</b> on it${where}.`,
    },
  ]
  const left = all.filter(({ isDone }) => !isDone)
  if (left.length > 0)
    return html`<section class="hints" aria-label="First steps">
      <h3>Try it · ${all.length - left.length + 1} of ${all.length}</h3>
      <ol start=${all.indexOf(left[0]) + 1}>
        ${left.map(({ words }, index) => html`<li class=${index === 0 ? 'next' : ''}>${words}</li>`)}
      </ol>
    </section>`
  if (isDismissed) return null
  return html`<section class="hints" aria-label="What to try next">
    <h3>
      What else to try
      <button type="button" class="icon" aria-label="Hide suggestions" onClick=${() => setDismissed(true)}>✕</button>
    </h3>
    <ul>
      <li>Ask again and press Approve as somebody from <b>Marketing</b>.</li>
      <li>Leave a request open and move the clock <b>+15 min</b>: who decides now?</li>
      <li>Switch <b>Slack down</b> on during a rollback.</li>
      ${
        names.includes('orders') &&
        html`<li>Ship a canary of <b>orders</b>: Flagger waits until <b>/promote orders</b> is approved by somebody else.</li>`
      }
      ${
        names.includes('reviews') &&
        html`<li>Break <b>reviews</b> and roll it back: Argo CD is paused. Put the good version into <b>Git</b>, then resume the sync.</li>`
      }
      <li>Download the verified <b>timeline</b> below.</li>
    </ul>
  </section>`
}
