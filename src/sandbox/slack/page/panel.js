import { useEffect, useState } from 'preact/hooks'
import { Cluster } from './cluster.js'
import { utcTime } from './format.js'
import { Hints } from './hints.js'
import { html } from './html.js'
import { ask, read } from './server.js'

/** The world beside Slack: who you are, the cluster, the clock, what can be broken. */
export function Panel({ state, me, switchTo, steps, onShipped, close, tryCommand, open }) {
  const { world } = state
  return html`<aside class="panel" aria-label="Sandbox">
    <header>
      <h2>Sandbox</h2>
      <button type="button" class="icon" aria-label="Close the sandbox panel" onClick=${close}>✕</button>
    </header>
    <div class="panel-body">
      <${You} state=${state} me=${me} switchTo=${switchTo} />
      ${
        state.hasControls && world
          ? html`<${Hints} steps=${steps} state=${state} tryCommand=${tryCommand} open=${open} />
            <${Ship} world=${world} onShipped=${onShipped} />
            <${Clock} world=${world} />
            <${Cluster} world=${world} history=${state.history} />
            <${Pager} world=${world} />
            <${Timelines} world=${world} />`
          : null
      }
      ${state.isWorldAway && html`<p class="error" role="alert">The pretend cluster does not answer.</p>`}
    </div>
  </aside>`
}

function You({ state, me, switchTo }) {
  const people = Object.values(state.users).filter(({ bot, deactivated }) => !bot && !deactivated)
  const { title, name } = state.users[me] ?? {}
  return html`<section>
    <label class="you">
      <span>You are</span>
      <select class="field" value=${me} onChange=${(event) => switchTo(event.currentTarget.value)}>
        ${people.map(
          (person) =>
            html`<option key=${person.id} value=${person.id}>${person.title ?? person.realName} · ${person.realName}</option>`,
        )}
      </select>
    </label>
    <p class="quiet">Signed in as @${name}${title ? `, ${title}` : ''}.</p>
  </section>`
}

const firstService = ({ services }) =>
  (services.find(({ name }) => name === 'checkout') ?? services[0])?.name

function Ship({ world, onShipped }) {
  const [service, setService] = useState(firstService(world))
  const [kind, setKind] = useState(world.shipments[0]?.kind)
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState(undefined)
  const ship = async () => {
    setBusy(true)
    const answer = await ask('world/ship', { service, kind })
    setBusy(false)
    setTrouble(answer.ok ? undefined : (answer.error ?? 'That did not work.'))
    if (answer.ok) onShipped()
  }
  return html`<section>
    <h3>Break something</h3>
    <select
      class="field"
      aria-label="What is wrong with it"
      value=${kind}
      onChange=${(event) => setKind(event.currentTarget.value)}
    >
      ${world.shipments.map((one) => html`<option key=${one.kind} value=${one.kind}>${one.title}</option>`)}
    </select>
    <div class="pair">
      <select
        class="field"
        aria-label="Service"
        value=${service}
        onChange=${(event) => setService(event.currentTarget.value)}
      >
        ${world.services.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
      <button type="button" class="button danger" disabled=${isBusy} aria-busy=${isBusy} onClick=${ship}>
        ${world.shipments.find((one) => one.kind === kind)?.isCanary ? 'Ship a canary' : 'Ship a bad version'}
      </button>
    </div>
    ${trouble && html`<p class="error" role="alert">${trouble}</p>`}
  </section>`
}

function Clock({ world }) {
  const [isBusy, setBusy] = useState(false)
  const move = async (minutes) => {
    setBusy(true)
    await ask('world/clock', { minutes })
    setBusy(false)
  }
  return html`<section>
    <h3>Time and weather</h3>
    <div class="clock">
      <output aria-label="Pretend time">${utcTime(new Date(world.clock))} UTC</output>
      <button type="button" class="button" disabled=${isBusy} onClick=${() => move(1)}>+1 min</button>
      <button type="button" class="button" disabled=${isBusy} onClick=${() => move(15)}>+15 min</button>
    </div>
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked=${world.slackDown}
        onChange=${(event) => ask('world/down', { on: event.currentTarget.checked })}
      />
      <span>Slack down</span>
    </label>
  </section>`
}

/** Whose telephone would have rung, whether or not Slack is there. */
function Pager({ world }) {
  if (world.pages.length === 0) return null
  return html`<section aria-label="Pager">
    <h3>Pager</h3>
    ${world.pages
      .toReversed()
      .slice(0, 4)
      .map(
        ({ service, summary, at, state, calls }) =>
          html`<div class="timeline" key=${`${service} ${at}`} title=${summary}>
            <b>${calls}</b> <small>${utcTime(new Date(at))} UTC</small>
            <div>
              <span>${summary}</span>
              <span class=${state === 'triggered' ? 'bad' : 'good'} role="status">${pagerWords[state]}</span>
            </div>
          </div>`,
      )}
  </section>`
}
const pagerWords = {
  triggered: 'is being called',
  acknowledged: '✓ somebody has decided',
  resolved: '✓ over',
}

function Timelines({ world }) {
  if (world.incidents.length === 0) return null
  return html`<section aria-label="Timelines">
    <h3>Timelines</h3>
    ${world.incidents
      .toReversed()
      .slice(0, 4)
      .map((incident) => html`<${Timeline} key=${incident.id} incident=${incident} />`)}
  </section>`
}

function Timeline({ incident }) {
  const [verified, setVerified] = useState(undefined)
  const path = `timeline/${encodeURIComponent(incident.id)}`
  const check = () =>
    read(path).then(
      (answer) => setVerified(answer.verified),
      () => setVerified(undefined),
    )
  useEffect(() => void check(), [incident.id])
  const link = (format, name) =>
    html`<a class="link" href=${`/sandbox/${path}?format=${format}`} download onClick=${check}>${name}</a>`
  return html`<div class="timeline">
    <b>${incident.service}</b> <small>${incident.id}</small>
    <div>
      ${link('md', 'Markdown')} ${link('json', 'JSON')}
      <span class=${verified === false ? 'bad' : 'good'} role="status">
        ${verified === undefined ? '' : verified ? '✓ chain verified' : '✗ chain does not verify'}
      </span>
    </div>
  </div>`
}
