import { milliseconds, percent } from './format.js'
import { html } from './html.js'
import { ask } from './server.js'
import { Sparkline } from './sparkline.js'

/** What runs, how it is measured, and who else brings or moves it. */
export function Cluster({ world, history }) {
  // What is measured comes first; the order stays put while things change.
  const isMeasured = ({ name }) =>
    history.some(({ services }) => typeof services[name]?.errorRate === 'number')
  const services = world.services.toSorted((a, b) => isMeasured(b) - isMeasured(a))
  return html`<section aria-label="Cluster">
    <h3>Cluster</h3>
    ${services.map(
      (service) =>
        html`<div class="service" key=${service.name} data-service=${service.name}>
          <div class="service-name">
            <b title=${service.kind}>${service.name}</b> <code>${service.version}</code>
            ${service.frozen && html`<span class="tag" title="Deploys of it are refused">frozen</span>`}
            <small>${service.kind === 'schema' ? 'schema' : readyWords(service.pods)}</small>
          </div>
          <${Pods} service=${service} />
          ${service.delivery && html`<${Delivery} service=${service} />`}
          ${isMeasured(service) && html`<${Signals} service=${service} history=${history} />`}
        </div>`,
    )}
  </section>`
}

/** Who else moves its versions. What a rollback leaves in Git is put right here, as somebody would in the repository. */
function Delivery({ service: { name, version, delivery, git } }) {
  return html`<div class="delivery">
    <small>${delivery}</small>
    ${
      git?.hasWhatRuns === false &&
      html`<button type="button" class="button" onClick=${() => ask('world/commit', { service: name })}>
        Put ${version} into Git
      </button>`
    }
  </div>`
}

function Signals({ service: { name, errorRate, p95 }, history }) {
  const seen = (key) => history.map(({ services }) => services[name]?.[key] ?? null)
  const latencies = seen('p95').filter((value) => value !== null)
  const isFailing = (errorRate ?? 0) >= 0.01
  const isSlow = p95 !== null && p95 > 2 * Math.min(...latencies, p95)
  return html`<div class="signals">
    <${Signal}
      title="errors"
      words=${percent(errorRate)}
      label=${`${name}: ${percent(errorRate)} errors`}
      values=${seen('errorRate')}
      ceiling=${0.02}
      isBad=${isFailing}
    />
    <${Signal}
      title="P95"
      words=${milliseconds(p95)}
      label=${`${name}: P95 ${milliseconds(p95)}`}
      values=${seen('p95')}
      ceiling=${0.4}
      isBad=${isSlow}
    />
  </div>`
}

function Signal({ title, words, label, values, ceiling, isBad }) {
  return html`<div>
    <div class="signal"><span>${title}</span><output class=${isBad ? 'bad' : ''}>${words}</output></div>
    <${Sparkline} values=${values} ceiling=${ceiling} isBad=${isBad} label=${label} />
  </div>`
}

/** A dot a pod: the service's present version in one colour, every other in a second, hollow while not ready. */
function Pods({ service: { version: present, pods } }) {
  return html`<div class="dots" role="img" aria-label=${podWords(pods)} title=${podWords(pods)}>
    ${pods.map(
      ({ name, version, ready, phase }) =>
        html`<i
          key=${name}
          class=${`${version === present ? 'now' : 'other'} ${ready ? '' : 'waiting'}`}
          title=${`${name} · ${version} · ${ready ? 'ready' : phase}`}
        ></i>`,
    )}
  </div>`
}

function podWords(pods) {
  const counts = new Map()
  for (const { version } of pods) counts.set(version, (counts.get(version) ?? 0) + 1)
  const words = [...counts].map(([version, count]) => `${count} on ${version}`)
  return `${readyWords(pods)}: ${words.join(', ')}`
}
const readyWords = (pods) => `${pods.filter(({ ready }) => ready).length}/${pods.length} ready`
