import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig } from '../config.ts'
import type { Log } from '#ports/log.ts'
import { type Countermand, wire } from '../wire.ts'
import { type IncidentList, openArchive } from '../archive.ts'
import type { Instant } from '#domain/time.ts'
import type { Cluster } from './cluster/index.ts'
import type { PretendEcs } from './aws/ecs/index.ts'
import type { PretendDocker } from './docker/index.ts'
import type { PretendAzure } from './azure/index.ts'
import { type PretendClock, pretendClock } from './clock.ts'
import { controlsFor } from './panel.ts'
import type { Elsewhere } from './metrics/history.ts'
import { type PretendMetrics, startMetrics } from './metrics/index.ts'
import { type PretendPager, startPager } from './pager.ts'
import { shopCluster } from './shop/cluster.ts'
import { shopConfig, withDatabase, withDocker, withFlags } from './shop/config.ts'
import { withNginx, withSlots } from './shop/config-nginx.ts'
import { keptIn, startShopDatabase, type ShopDatabase } from './shop/database.ts'
import { servingOnDocker, shopDocker } from './shop/docker.ts'
import { flaggerSecret, listGates } from './shop/flagger.ts'
import { servingOnEcs, shopEcs } from './shop/ecs.ts'
import { type ShopNginx, shopNginx } from './shop/nginx.ts'
import { type ShopSlots, shopSlots } from './shop/slots.ts'
import { servingInRegions, shopAzure } from './shop/regions.ts'
import { flagToken, type ShopFlags, shopFlags } from './shop/flags.ts'
import { commandHints } from './shop/commands.ts'
import { type PretendSlack, startSlack } from './slack/index.ts'
import { exampleChannels, exampleUserGroups, exampleUsers } from './slack/people.ts'

export interface WorldOptions {
  /** Of the page; 0 for any free one. */
  readonly port: number
  readonly database: { readonly ownerUrl: string; readonly url: string }
  readonly key: Uint8Array
  readonly log: Log
  /** The clock stands still at this moment until it is moved; absent, it runs. */
  readonly stoppedAt?: Instant
  /** How long a pod takes to become ready. */
  readonly podStartMs?: number
  readonly editEveryMs?: number
  readonly patience?: number
  /** Of the environment, beside those that the sandbox sets itself. */
  readonly variables?: Readonly<Record<string, string>>
  /** The shop has Argo Rollouts, and a service that it rolls out. */
  readonly hasRollouts?: boolean
  /** The shop has Istio, which divides the requests of a service. */
  readonly hasMesh?: boolean
  /** A service of the shop goes by blue and green. */
  readonly hasColours?: boolean
  /** The shop has Flagger, and a service that it rolls out. */
  readonly hasFlagger?: boolean
  /** The shop has Argo CD and Flux, and services that they bring from Git. */
  readonly hasGitOps?: boolean
  /** A service of the shop runs on Amazon ECS. */
  readonly hasEcs?: boolean
  /** A service of the shop runs on Docker, by Compose. */
  readonly hasDocker?: boolean
  /** A service of the shop stands in two slots behind an nginx; with Docker as well, Compose starts the slots of another. */
  readonly hasNginx?: boolean
  /** A service of the shop runs in two regions of Azure. */
  readonly hasRegions?: boolean
  /** A service of the shop works on a schema that is migrated; it stops and backs up for it. */
  readonly hasDatabase?: boolean
  /** The shop has Unleash, with a flag that the next version of two services brings along. */
  readonly hasFlags?: boolean
  /** Changes the shop's configuration, for worlds that differ. */
  readonly configured?: (yaml: string) => string
}

/** A shop with a cluster, metrics, a Slack and the bot: real adapters, talking to pretend servers over the wire. */
export interface SandboxWorld {
  readonly url: string
  readonly config: Config
  readonly cluster: Cluster
  readonly ecs: PretendEcs | undefined
  readonly docker: PretendDocker | undefined
  readonly behindNginx: ShopNginx | undefined
  readonly slots: ShopSlots | undefined
  readonly azure: PretendAzure | undefined
  readonly flags: ShopFlags | undefined
  readonly database: ShopDatabase | undefined
  readonly metrics: PretendMetrics
  readonly slack: PretendSlack
  readonly pager: PretendPager
  readonly clock: PretendClock
  readonly app: Countermand
  readonly archive: IncidentList
  close(): Promise<void>
}

export async function startWorld(options: WorldOptions): Promise<SandboxWorld> {
  const { database, log, key } = options
  const closing: (() => PromiseLike<unknown>)[] = []
  const opened = <Part>(part: Part, close: (part: Part) => PromiseLike<unknown>): Part => {
    closing.unshift(() => close(part))
    return part
  }
  const close = async () => {
    for (const end of closing.splice(0)) await end()
  }
  try {
    const folder = opened(await mkdtemp(join(tmpdir(), 'countermand-')), (path) =>
      rm(path, { recursive: true }),
    )
    const clock = opened(await pretendClock(database.ownerUrl), (part) => part.close())
    if (options.stoppedAt !== undefined) await clock.freeze(options.stoppedAt)
    const now = () => clock.now()
    const podStartMs = options.podStartMs ?? 800
    const cluster = opened(
      await shopCluster({
        now,
        podStartMs,
        hasRollouts: options.hasRollouts ?? false,
        hasMesh: options.hasMesh ?? false,
        hasColours: options.hasColours ?? false,
        hasFlagger: options.hasFlagger ?? false,
        hasGitOps: options.hasGitOps ?? false,
        hasDatabase: options.hasDatabase ?? false,
        // Nobody wants to watch Flagger wait; and where the clock stands still it would wait for ever.
        flaggerEveryMs: podStartMs * 2,
      }),
      (part) => part.close(),
    )
    const ecs = options.hasEcs
      ? opened(await shopEcs({ now, taskStartMs: podStartMs }), (part) => part.close())
      : undefined
    const docker = options.hasDocker
      ? opened(await shopDocker({ now, startMs: podStartMs, directory: folder }), (part) =>
          part.close(),
        )
      : undefined
    const behindNginx = options.hasNginx
      ? opened(await shopNginx({ now, folder }), (part) => part.close())
      : undefined
    const slots =
      docker && behindNginx
        ? opened(await shopSlots({ now, docker, nginx: behindNginx.nginx, folder }), async (part) =>
            part.close(),
          )
        : undefined
    const azure = options.hasRegions
      ? opened(await shopAzure(podStartMs), (part) => part.close())
      : undefined
    const flags = options.hasFlags
      ? opened(await shopFlags(cluster, now), (part) => part.close())
      : undefined
    const schema = options.hasDatabase
      ? opened(await startShopDatabase({ ownerUrl: database.ownerUrl, folder }), (part) =>
          part.close(),
        )
      : undefined
    const elsewhere = together([
      ...(ecs ? [servingOnEcs(ecs)] : []),
      ...(docker ? [servingOnDocker(docker)] : []),
      ...(behindNginx ? [behindNginx.elsewhere] : []),
      ...(slots ? [slots.elsewhere] : []),
      ...(azure ? [servingInRegions(azure)] : []),
    ])
    const metrics = opened(await startMetrics({ cluster, now, elsewhere }), (part) => part.close())
    const pager = opened(await startPager(now), (part) => part.close())
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 })
    const withPlatforms = (yaml: string) => {
      const onDocker = docker ? withDocker(yaml, docker.url, folder) : yaml
      const onNginx = behindNginx ? withNginx(onDocker, behindNginx) : onDocker
      const inSlots = slots ? withSlots(onNginx, slots, folder) : onNginx
      const text = schema ? withDatabase(inSlots, schema.programs) : inSlots
      return flags ? withFlags(text, flags.url) : text
    }
    const loaded = configFor(
      options,
      withPlatforms(shopConfig({ kubeconfig, prometheus: metrics.url, shop: metrics.url })),
      schema,
    )
    const config = schema
      ? { ...loaded, catalogue: keptIn(loaded.catalogue, schema.backups) }
      : loaded
    const slack = opened(
      await startSlack({
        port: options.port,
        signingSecret: config.slack.signingSecrets[0] ?? '',
        botToken: config.slack.botToken,
        users: exampleUsers,
        userGroups: exampleUserGroups,
        channels: exampleChannels,
        commands: await commandHints(),
        now: () => clock.now().getTime(),
      }),
      (part) => part.close(),
    )
    const archive = opened(await openArchive(database.ownerUrl, key, log), (part) =>
      part[Symbol.asyncDispose](),
    )
    const app = opened(
      await wire(
        {
          ...config,
          slack: { ...config.slack, apiUrl: slack.apiUrl },
          ...(ecs ? { aws: awsAt(ecs.url, options.patience) } : {}),
          ...(docker ? { dockerProgram: docker.program } : {}),
          ...(behindNginx ? { nginxProgram: behindNginx.nginx.program } : {}),
          ...(azure ? { azure: azureAt(azure.url) } : {}),
          pagers: new Map(
            [...config.pagers].map(([name, one]) => [name, { ...one, url: pager.url }]),
          ),
        },
        {
          log,
          databaseUrl: database.url,
          key,
          host: '127.0.0.1',
          ...(options.editEveryMs === undefined ? {} : { editEveryMs: options.editEveryMs }),
          ...(options.patience === undefined ? {} : { patience: options.patience }),
        },
      ),
      (part) => part.stop(),
    )
    slack.setAppUrl(app.url)
    if (options.hasFlagger) await listGates(cluster, app.url)
    slack.setControls(
      controlsFor({
        cluster,
        ecs,
        docker: docker && { docker, directory: folder },
        behindNginx,
        slots,
        azure,
        flags,
        schema,
        metrics,
        clock,
        slack,
        pager,
        archive,
        catalogue: config.catalogue,
      }),
    )
    const beside = { ecs, docker, behindNginx, slots, azure, flags, database: schema }
    const parts = { config, cluster, ...beside, metrics, slack, pager, clock, app, archive }
    return { url: slack.url, ...parts, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Everything that runs outside of the cluster. */
const together = (parts: readonly Elsewhere[]): Elsewhere => ({
  serving: () => new Map(parts.flatMap((part) => [...part.serving()])),
  onChange(changed) {
    const ends = parts.map((part) => part.onChange(changed))
    return () => {
      for (const end of ends) end()
    }
  },
})

/** Nobody wants to watch resolvers forget: a second of that is a tenth of one. */
const azureAt = (endpoint: string) => ({
  endpoint,
  token: 'the-pretend-azure-takes-every-token',
  lookEveryMs: 50,
  secondMs: 20,
})

/** Who asks there needs some name, and any will do. */
const awsAt = (endpoint: string, patience = 1) => ({
  endpoint,
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-pretend-secret' },
  // No one counts questions there, and people watch.
  lookEveryMs: 250,
  timeoutMs: 10_000 * patience,
})

/** Free ports for the bot itself: the page has the one that people know. */
function configFor(
  { configured = (yaml) => yaml, variables, hasFlagger }: WorldOptions,
  yaml: string,
  schema: ShopDatabase | undefined,
): Config {
  const loaded = loadConfig(
    {
      PORT: '0',
      METRICS_PORT: '0',
      FLAGS_SHOP_TOKEN: flagToken,
      PAGER_SHOP_KEY: 'the-pretend-pager-takes-every-key',
      ...(schema ? { MIGRATED_CHECKOUT_URL: schema.url } : {}),
      ...(hasFlagger ? { WEBHOOK_FLAGGER_PROD_SECRET: flaggerSecret } : {}),
      ...variables,
    },
    { file: { name: 'sandbox.yaml', text: configured(yaml) } },
  )
  if (!loaded.ok)
    throw new Error(`The sandbox's configuration does not hold:\n${loaded.problems.join('\n')}`)
  return loaded.config
}
