import { useEffect, useState } from 'preact/hooks'
import { milliseconds, percent, utcTime } from './format.js'
import { Hints } from './hints.js'
import { html } from './html.js'
import { ask, read } from './server.js'
import { Sparkline } from './sparkline.js'

/** The world beside Slack: who you are, the cluster, the clock, what can be broken. */
export function Panel({ state, me, switchTo, steps, onShipped, close, tryCommand }) {
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
          ? html`<${Hints} steps=${steps} world=${world} tryCommand=${tryCommand} />
            <${Cluster} world=${world} history=${state.history} />
            <${Ship} world=${world} onShipped=${onShipped} />
            <${Clock} world=${world} />
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

function Cluster({ world, history }) {
  return html`<section aria-label="Cluster">
    <h3>Cluster</h3>
    ${world.services.map((service) => {
      const seen = (key) => history.map(({ services }) => services[service.name]?.[key] ?? null)
      const isFailing = (service.errorRate ?? 0) >= 0.01
      const slow = seen('p95').filter((value) => value !== null)
      const isSlow = service.p95 !== null && service.p95 > 2 * Math.min(...slow, service.p95)
      return html`<div class="service" key=${service.name} data-service=${service.name}>
        <div class="service-name">
          <b>${service.name}</b> <code title=${service.kind}>${service.version}</code>
        </div>
        <${Pods} service=${service} />
        <div class="signal">
          <span>errors</span>
          <${Sparkline}
            values=${seen('errorRate')}
            ceiling=${0.02}
            isBad=${isFailing}
            label=${`${service.name}: ${percent(service.errorRate)} errors`}
          />
          <output class=${isFailing ? 'bad' : ''}>${percent(service.errorRate)}</output>
        </div>
        <div class="signal">
          <span>P95</span>
          <${Sparkline}
            values=${seen('p95')}
            ceiling=${0.4}
            isBad=${isSlow}
            label=${`${service.name}: P95 ${milliseconds(service.p95)}`}
          />
          <output class=${isSlow ? 'bad' : ''}>${milliseconds(service.p95)}</output>
        </div>
      </div>`
    })}
  </section>`
}

/** A dot a pod: the service's present version in one colour, every other in a second, hollow while not ready. */
function Pods({ service }) {
  const counts = new Map()
  for (const { version } of service.pods) counts.set(version, (counts.get(version) ?? 0) + 1)
  const ready = service.pods.filter((pod) => pod.ready).length
  const words = [...counts].map(([version, count]) => `${count} on ${version}`).join(', ')
  return html`<div class="pods">
    <span class="dots" role="img" aria-label=${`${ready} of ${service.pods.length} pods ready; ${words}`}>
      ${service.pods.map(
        ({ name, version, ready: isReady, phase }) =>
          html`<i
            key=${name}
            class=${[version === service.version ? 'now' : 'other', !isReady && 'waiting']
              .filter(Boolean)
              .join(' ')}
            title=${`${name} · ${version} · ${isReady ? 'ready' : phase}`}
          ></i>`,
      )}
    </span>
    <small>${ready}/${service.pods.length} ready${counts.size > 1 ? ` · ${words}` : ''}</small>
  </div>`
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
    <div class="pair">
      <select class="field" aria-label="Service" value=${service} onChange=${(event) => setService(event.currentTarget.value)}>
        ${world.services.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
      <select class="field" aria-label="What is wrong with it" value=${kind} onChange=${(event) => setKind(event.currentTarget.value)}>
        ${world.shipments.map((one) => html`<option key=${one.kind} value=${one.kind}>${one.title}</option>`)}
      </select>
    </div>
    <button type="button" class="button danger wide" disabled=${isBusy} aria-busy=${isBusy} onClick=${ship}>
      Ship a bad version
    </button>
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
