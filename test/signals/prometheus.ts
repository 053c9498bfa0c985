import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { processesOf } from '../control-plane/processes.ts'
import { realBinaries } from './binaries.ts'

export const binaries = () => realBinaries(() => undefined)

export interface Monitoring {
  readonly prometheus: string
  readonly alertmanager: string | undefined
  /** Asks Prometheus to end, and waits until it does not answer any more. */
  endPrometheus(): Promise<void>
  close(): Promise<void>
}

interface Options {
  /** `host:port` of what is scraped, by the name of its job. */
  readonly targets: Readonly<Record<string, string>>
  readonly groups?: readonly object[]
  /** Where Alertmanager sends, with which secret; without it there is none. */
  readonly webhook?: { readonly url: string; readonly secret: string }
}

/** A real Prometheus that scrapes twice a second, and an Alertmanager that tells at once; both of this process, on free ports. */
export async function startMonitoring({
  targets,
  groups = [],
  webhook,
}: Options): Promise<Monitoring> {
  const { prometheus, alertmanager } = binaries()
  const folder = mkdtempSync(join(tmpdir(), 'countermand-signals-'))
  const processes = processesOf(folder)
  const close = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [own, other] = [await freePort(), await freePort()]
    const file = (name: string, content: object) => {
      writeFileSync(join(folder, name), stringify(content), { mode: 0o600 })
      return join(folder, name)
    }
    const config = file('prometheus.yml', {
      global: { scrape_interval: '500ms', scrape_timeout: '400ms', evaluation_interval: '500ms' },
      rule_files: [file('rules.yml', { groups })],
      scrape_configs: Object.entries(targets).map(([job_name, target]) => ({
        job_name,
        static_configs: [{ targets: [target] }],
      })),
      ...(webhook
        ? {
            alerting: {
              alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${other}`] }] }],
            },
          }
        : {}),
    })
    const first = await processes.start('prometheus', prometheus, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${own}`,
      '--rules.alert.resend-delay=1s',
      '--query.lookback-delta=3s',
    ])
    if (webhook) {
      const settings = file('alertmanager.yml', alertmanagerConfig(webhook))
      const second = await processes.start('alertmanager', alertmanager, [
        `--config.file=${settings}`,
        `--storage.path=${join(folder, 'alerts')}`,
        `--web.listen-address=127.0.0.1:${other}`,
        // No cluster of its own: it would look for neighbours.
        '--cluster.listen-address=',
      ])
      await answers(`http://127.0.0.1:${other}/-/ready`, true, second.lastWords)
    }
    const url = `http://127.0.0.1:${own}`
    await answers(`${url}/-/ready`, true, first.lastWords)
    return {
      prometheus: url,
      alertmanager: webhook && `http://127.0.0.1:${other}`,
      async endPrometheus() {
        await processes.stop()
        await answers(`${url}/-/ready`, false)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const alertmanagerConfig = ({
  url,
  secret,
}: {
  readonly url: string
  readonly secret: string
}) => ({
  route: {
    receiver: 'countermand',
    group_by: ['alertname', 'service'],
    group_wait: '0s',
    group_interval: '1s',
    repeat_interval: '1h',
  },
  receivers: [
    {
      name: 'countermand',
      webhook_configs: [
        {
          url,
          max_alerts: 100,
          send_resolved: true,
          http_config: { authorization: { credentials: secret } },
        },
      ],
    },
  ],
})

async function answers(
  url: string,
  wanted: boolean,
  lastWords: () => string = () => '',
): Promise<void> {
  for (const began = performance.now(); performance.now() - began < 30_000; await sleep(100)) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere === wanted) return
  }
  throw new Error(`${url} ${wanted ? 'never answered' : 'answers for ever'}: ${lastWords()}`)
}

/** Free a moment ago: nothing else on this machine asks for one by its number. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
