import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeExecutors } from '#executors/index.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { isSettled } from '#jobs/queue.ts'
import { revisions } from '#postgres/revisions.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import { loadConfig } from '../../src/config.ts'
import { startOptions } from '../harness/as-started.ts'
import { kubeconfig } from '../../test/control-plane/kubeconfig.ts'
import type { BenchDatabase } from '../harness/database.ts'
import { channelOf, configOf, onCall, onCallIds, type Service } from './config.ts'

const server = fileURLToPath(new URL('../../test/support/replica.ts', import.meta.url))

/** The whole product in a process of its own – PostgreSQL, jobs, executor, cards – behind a pretend Slack. */
export async function startProduct(
  { pools, owner, ownerUrl }: BenchDatabase,
  clusterUrl: string,
  services: readonly Service[],
  isFreezing = false,
) {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-bench-rollback-'))
  const kubeconfigPath = join(folder, 'kubeconfig')
  await writeFile(kubeconfigPath, kubeconfig({ url: clusterUrl, ca: '', token: 'by-the-proxy' }))
  const yaml = configOf(kubeconfigPath, services, isFreezing)
  const configPath = join(folder, 'countermand.yaml')
  await writeFile(configPath, yaml)
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-bench-000001' }
  const slack = await startSlack({
    ...secrets,
    users: onCall,
    channels: services.map(({ name }) => ({ id: channelOf(name), name, members: onCallIds })),
  })
  const child = fork(server, {
    execArgv: [...startOptions],
    // It says at length which of the services are not there yet.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      COUNTERMAND_CONFIG: configPath,
      COUNTERMAND_DATA: join(folder, 'data'),
      COUNTERMAND_KEY: randomBytes(32).toString('hex'),
      DATABASE_URL: ownerUrl,
      SLACK_BOT_TOKEN: secrets.botToken,
      SLACK_SIGNING_SECRET: secrets.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      METRICS_PORT: '0',
    },
  })
  const ended = once(child, 'exit')
  const [url] = await Promise.race([once(child, 'message'), ended])
  if (typeof url !== 'string') throw new Error('the product did not start')
  slack.setAppUrl(url)

  const loaded = loadConfig({}, { file: { name: configPath, text: yaml } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const known = revisions(pools.work)
  const executor = makeExecutors({
    kubernetes: {
      clusters: new Map([['prod', kubernetesApi(connect({ kubeconfig: kubeconfigPath }))]]),
      revisions: known,
      servedLongMicros: loaded.config.policy.rollback.servedLongMicros,
      scrub: (text) => text,
    },
  }).get('kubernetes')

  const turnOf = (service: string): string =>
    onCallIds[services.findIndex(({ name }) => name === service) % onCallIds.length] ?? ''
  const cardOf = (service: string, button: string) =>
    slack.until(
      () => slack.messages(service).find(({ message }) => slack.words(message).includes(button)),
      30_000,
    )

  async function quiet(): Promise<void> {
    for (let waited = 0; waited < 30_000; waited += 20) {
      if (await isSettled(pools.work)) return
      await sleep(20)
    }
    throw new Error('the product does not come to rest')
  }

  async function between(service: string, from: string, to: string): Promise<number> {
    for (let waited = 0; waited < 30_000; waited += 20) {
      const { rows } = await owner.query<{ took: number }>(elapsed, [service, from, to])
      if (rows[0]) return rows[0].took
      await sleep(20)
    }
    throw new Error(`no ${to} was recorded for ${service}:\n${slack.transcript()}`)
  }

  async function pressWithReason(service: string, button: string): Promise<void> {
    const person = turnOf(service)
    await slack.as(person).click(await cardOf(service, `[${button}]`), button, { confirm: true })
    const form = await slack.until(() => slack.modal(person), 30_000)
    await slack.as(person).submit(form, { reason: 'the fix must go out' })
  }

  return {
    /** What months of service would have said of the version that runs. */
    async trust(service: string): Promise<void> {
      const target = [...loaded.config.catalogue.values()].find(({ id }) => id === service)
        ?.targets[0]
      if (!executor || !target) throw new Error(`${service} is not configured`)
      const { running } = await executor.observe(target, AbortSignal.timeout(10_000))
      await known.markVerified(target.workload, running)
    },
    /** Asks for a rollback and waits for the card; then approves it and waits until it is carried out. */
    async rollBack(service: string): Promise<Measured> {
      await slack
        .as(turnOf(service))
        .command(`/rollback ${service} --reason "errors"`, { channel: service })
      const card = await cardOf(service, '[Approve]')
      // Whoever approves has read the card: all that belongs to the proposal has been said and done by then.
      await quiet()
      await slack.as(turnOf(service)).click(card, 'Approve', { confirm: true })
      for (let waited = 0; waited < 120_000; waited += 50) {
        const { rows } = await owner.query<Measured>(measured, [service])
        if (rows[0]) return rows[0]
        await sleep(50)
      }
      throw new Error(`the rollback of ${service} was not carried out:\n${slack.transcript()}`)
    },
    /** Asks for a rollback, and waits until deploys are frozen and the card is there. Milliseconds from the plan on. */
    async freeze(service: string): Promise<number> {
      await slack
        .as(turnOf(service))
        .command(`/rollback ${service} --reason "errors"`, { channel: service })
      await cardOf(service, '[Lift freeze…]')
      return between(service, 'rollback_planned', 'freeze_raised')
    },
    /** Opens deploys again by the card's button. Milliseconds from the order on. */
    async lift(service: string): Promise<number> {
      await pressWithReason(service, 'Lift freeze…')
      return between(service, 'freeze_lift_authorised', 'freeze_lifted')
    },
    /** Approves what was asked for, and waits until the version that was left is refused. Milliseconds from the hold on. */
    async hold(service: string): Promise<number> {
      await slack
        .as(turnOf(service))
        .click(await cardOf(service, '[Approve]'), 'Approve', { confirm: true })
      return between(service, 'hold_placed', 'hold_enforced')
    },
    /** Allows that version again by the card's button. Milliseconds from the order on. */
    async release(service: string): Promise<number> {
      await pressWithReason(service, 'Lift hold…')
      return between(service, 'hold_lifted', 'hold_released')
    },
    async close(): Promise<void> {
      child.disconnect()
      await ended
      await slack.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Epoch milliseconds on the database's clock, which is this machine's. */
export interface Measured {
  readonly approved: number
  readonly completed: number
}

const measured = `
SELECT (micros(a.at) / 1000.0)::float AS approved, (micros(c.at) / 1000.0)::float AS completed
  FROM streams s
  JOIN timeline_events a ON a.stream_id = s.id AND a.kind = 'approval_given'
  JOIN timeline_events c ON c.stream_id = s.id AND c.kind = 'execution_completed'
 WHERE s.service = $1`

const elapsed = `
SELECT ((micros(b.at) - micros(a.at)) / 1000.0)::float AS took
  FROM streams s
  JOIN timeline_events a ON a.stream_id = s.id AND a.kind = $2
  JOIN timeline_events b ON b.stream_id = s.id AND b.kind = $3
 WHERE s.service = $1`
