import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chainKey } from '#postgres/chain.ts'
import { pretendClock } from '#sandbox/clock.ts'
import { startCluster } from '#sandbox/cluster/index.ts'
import { startMetrics } from '#sandbox/metrics/index.ts'
import { startPager } from '#sandbox/pager.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { deriveKey } from '../../src/keys.ts'
import { freshDatabase } from '../support/database.ts'
import { send, webhookVariables } from '../webhooks/senders.ts'
import { argoCd, canaryOf, pathsBeside, selecting } from './beside.ts'
import { startFrontDoor } from './front-door.ts'
import { startElsewhere } from './elsewhere.ts'
import { configOf, peopleOf } from './organisation.ts'
import { type Ear, type Member, startMember } from './member.ts'
import { shipped } from './ships.ts'
import type { Witness } from './witness.ts'
import { appsOn, behaviours, groupOf, type Workload } from './workload.ts'

/** By which Flagger's questions are known to be its own. */
const flaggerSecret = 'flagger-of-the-crash-harness'

export type Crew = Awaited<ReturnType<typeof startCrew>>
/** As long as what sends alerts waits for an answer. */
const answerMs = 10_000

/** Nobody listens: everything goes on. */
const calm: Ear = {
  reached: (_member, _boundary, answer) => answer('go'),
  dying: () => undefined,
  touched: () => undefined,
  done: () => undefined,
}

/** `size` processes of the product on a database of their own, with a cluster, figures and a Slack that this process plays. */
export async function startCrew(workloads: readonly Workload[], witness: Witness, size = 3) {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-crash-'))
  const database = await freshDatabase()
  const clock = await pretendClock(database.ownerUrl)
  const cluster = await startCluster({
    now: () => clock.now(),
    podStartMs: 5,
    podStopMs: 5,
    behaviours,
    namespaceLabels: { 'countermand.dev/freeze': 'on' },
    addOns: ['argo-rollouts', 'istio', 'argo-cd', 'flagger'],
    flaggerEveryMs: 200,
  })
  cluster.access.grant(
    (['rbac', 'freeze', 'traffic', 'gitops', 'flagger'] as const).flatMap((file) =>
      deployedGrants(file),
    ),
  )
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: argoCd } })
  cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace: 'production' },
  })
  const now = () => clock.now()
  const elsewhere = await startElsewhere(workloads, { folder, now, ownerUrl: database.ownerUrl })
  const metrics = await startMetrics({ cluster, now, elsewhere: elsewhere.measured })
  const pager = await startPager(() => clock.now())
  await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig())
  const config = join(folder, 'countermand.yaml')
  await writeFile(config, configOf(join(folder, 'kubeconfig'), metrics.url, workloads, elsewhere))
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-crash-000001' }
  const slack = await startSlack({
    ...secrets,
    users: peopleOf(workloads),
    channels: [
      { id: 'C0INCIDENTS', name: 'incidents' },
      { id: 'C0SHOP', name: 'shop' },
    ],
    now: () => clock.now().getTime(),
    slowness: witness.slowness,
  })
  const key = randomBytes(32)
  const said: string[] = []
  let ear = calm
  let started = 0
  const begin = () => {
    started += 1
    return startMember(
      {
        COUNTERMAND_CONFIG: config,
        COUNTERMAND_DATA: join(folder, `data${started}`),
        COUNTERMAND_KEY: key.toString('hex'),
        DATABASE_URL: database.ownerUrl,
        SLACK_BOT_TOKEN: secrets.botToken,
        SLACK_SIGNING_SECRET: secrets.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        ...webhookVariables(['alertmanager']),
        WEBHOOK_FLAGGER_PROD_SECRET: flaggerSecret,
        PAGER_CRASH_KEY: 'the-pretend-pager-takes-every-key',
        PRETEND_PAGER: pager.url,
        ...elsewhere.variables,
        PORT: '0',
        METRICS_PORT: '0',
      },
      () => ear,
      (line) => {
        if (line.includes('a service cannot be rolled back')) return
        said.push(line)
        if (said.length > 200) said.shift()
      },
    )
  }
  let members: readonly Member[] = await Promise.all(Array.from({ length: size }, begin))
  const asAdmin = (method: string, path: string, body?: object) =>
    fetch(cluster.url + path, {
      method,
      headers: {
        authorization: `Bearer ${cluster.adminToken}`,
        'content-type': 'application/merge-patch+json',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const coming = new Set<Promise<void>>()
  let turn = 0
  /** Where the next process listens that answers. */
  const next = (): string => {
    const awake = members.filter((member) => !member.isFrozen())
    turn += 1
    return awake[turn % awake.length]?.url ?? ''
  }
  const door = await startFrontDoor(next)
  return {
    database,
    clock,
    cluster,
    slack,
    pager,
    elsewhere,
    witness,
    keys: [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const,
    /** What each process holds on to. */
    holds: () => Promise.all(members.map((member) => member.holds())),
    /** The last words of the processes. */
    said: (): string => said.slice(-30).join(''),
    listen(to: Ear | undefined): void {
      ear = to ?? calm
    },
    /** Slack's load balancer: what is sent during `act`, before it first waits, goes to the next process that answers. */
    through<Result>(act: () => Result): Result {
      slack.setAppUrl(next())
      return act()
    },
    /** What sends alerts sends again, to the next process that answers, until it is told that they were taken in. */
    async hears(alerts: unknown): Promise<void> {
      for (let tries = 1; ; tries += 1) {
        const sent = send(next(), 'alertmanager', alerts)
        // Whoever was to take it in may be killed meanwhile, or frozen.
        const heard = await Promise.race([sent, sleep(answerMs)]).catch(() => undefined)
        if (heard !== undefined && heard.status < 300) return
        if (tries === 20) throw new Error(`no alert was taken in: ${heard?.said}`)
        await sleep(200)
      }
    },
    /** The process is gone at once; another one comes in its place. */
    lose(member: Member): void {
      members = members.filter((one) => one !== member)
      const replaced = (async () => {
        await member.kill()
        members = [...members, await begunAgain(begin)]
      })()
      coming.add(replaced)
      void replaced.finally(() => coming.delete(replaced)).catch(() => undefined)
    },
    /** Resolves when all are there again. */
    async whole(): Promise<void> {
      await Promise.all(coming)
    },
    isIn: (member: Member): boolean => members.includes(member),
    /** It has run for long, and `bad` has come out two minutes ago. */
    ships(workload: Workload, bad?: string): void {
      for (const app of appsOn(workload))
        if (app.on) elsewhere.platformOf(app).ships(app.name)
        else shipped({ cluster, now, door: '' }, app)
      if (workload.on) return elsewhere.platformOf(workload).ships(workload.name, bad)
      shipped({ cluster, now, door: door.addressWith(flaggerSecret) }, workload, bad)
    },
    /** Its next version comes out as a canary. */
    tries(workload: Workload): void {
      if (workload.on) return elsewhere.platformOf(workload).tries?.(workload.name)
      for (const one of canaryOf(workload)) cluster.create(one)
    },
    /** The Service selects green from now on. */
    turnsGreen(workload: Workload): void {
      const { name, on } = workload
      if (on) return elsewhere.platformOf(workload).turnsGreen?.(name)
      cluster.select('production', name, selecting(name, 'green'))
    },
    /** As somebody with kubectl does. */
    async patches(workload: Workload, patch: object): Promise<void> {
      await asAdmin('PATCH', pathOf(workload), patch)
    },
    /** Takes a workload out of the cluster, so that those which follow find it as small as it was. */
    async clears(workload: Workload): Promise<void> {
      const entrance = `/api/v1/namespaces/production/services/${workload.name}`
      const all = [pathOf(workload), entrance, ...pathsBeside(workload)]
      await Promise.all(all.map((path) => asAdmin('DELETE', path)))
    },
    async close() {
      await Promise.allSettled(coming)
      await Promise.all(members.map((member) => member.end()))
      await door.close()
      await slack.close()
      await metrics.close()
      await elsewhere.close()
      await pager.close()
      await cluster.close()
      await clock.close()
      await database.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Whatever keeps processes running starts one again that did not come up. */
async function begunAgain(begin: () => Promise<Member>): Promise<Member> {
  for (let tries = 1; ; tries += 1)
    try {
      return await begin()
    } catch (error) {
      if (tries === 3) throw error
    }
}

const pathOf = ({ kind, name }: Workload): string =>
  `/apis/${groupOf({ kind })}/namespaces/production/${kind.toLowerCase()}s/${name}`
