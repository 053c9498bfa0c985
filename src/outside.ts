import type { ClusterSource } from '#config/file.ts'
import { type Connection, connect } from '#executors/kubernetes/connection.ts'
import { sourcesOf } from '#config/metrics.ts'
import type { MetricSource } from '#domain/signals.ts'
import { cloudwatch } from '#metrics/cloudwatch.ts'
import { datadog } from '#metrics/datadog.ts'
import { newRelic } from '#metrics/new-relic.ts'
import { noMetrics } from '#metrics/none.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { several } from '#metrics/several.ts'
import { jsm } from '#pagers/jsm.ts'
import { pagerDuty } from '#pagers/pagerduty.ts'
import type { Pager } from '#ports/pager.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Config } from './config.ts'
import { flagProvider } from '#flags/index.ts'
import type { FlagProvider } from '#ports/flags.ts'
import type { AwsOptions } from '#executors/aws/ask.ts'
import { type BalancerApi, balancerApi } from '#executors/aws/balancer.ts'
import { type CodeDeployApi, codeDeployApi } from '#executors/code-deploy/api.ts'
import { type EcsApi, ecsApi } from '#executors/ecs/api.ts'
import type { DockerHost } from '#executors/compose/context.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import { azure } from '#executors/region/azure/index.ts'
import type { RegionProvider } from '#executors/region/provider.ts'

/** A cluster of the configuration. Throws one sentence when its kubeconfig cannot be used; asks nobody. */
export function connectTo(source: ClusterSource): Connection {
  if (source.kind === 'in-cluster') return connect({ inCluster: true })
  return connect({
    ...(source.path === undefined ? {} : { kubeconfig: source.path }),
    ...(source.context === undefined ? {} : { context: source.context }),
  })
}

/** ECS, in any region; asks nobody. Each region is connected to once. */
export const ecsIn = (
  config: Pick<Config, 'aws'>,
  beforeChange?: () => void,
): ((region: string | null) => EcsApi) => inEachRegion(config, beforeChange, ecsApi)

/** As `ecsIn`. */
export const codeDeployIn = (
  config: Pick<Config, 'aws'>,
  beforeChange?: () => void,
): ((region: string | null) => CodeDeployApi) => inEachRegion(config, beforeChange, codeDeployApi)

/** As `ecsIn`; it changes nothing. */
export const balancerIn = (config: Pick<Config, 'aws'>): ((region: string | null) => BalancerApi) =>
  inEachRegion(config, undefined, balancerApi)

/** One client for each region, made when it is needed first. */
function inEachRegion<Api>(
  { aws }: Pick<Config, 'aws'>,
  beforeChange: (() => void) | undefined,
  make: (options: AwsOptions) => Api,
): (region: string | null) => Api {
  const known = new Map<string | null, Api>()
  const { endpoint, credentials, timeoutMs } = aws ?? {}
  return (region) => {
    const found = known.get(region)
    if (found) return found
    const made = make({
      ...(endpoint ? { endpoint } : {}),
      ...(credentials ? { credentials } : {}),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      region,
      ...(beforeChange ? { beforeChange } : {}),
    })
    known.set(region, made)
    return made
  }
}

/** Every Docker of the configuration; asks nobody. */
export const dockerOf = (
  { docker, dockerProgram }: Pick<Config, 'docker' | 'dockerProgram'>,
  beforeChange?: () => void,
): ReadonlyMap<string, DockerHost> =>
  new Map(
    [...docker].map(([name, connection]) => [
      name,
      {
        engine: dockerEngine(connection),
        compose: composeCommand({
          connection,
          ...(dockerProgram ? { program: dockerProgram } : {}),
          ...(beforeChange ? { beforeChange } : {}),
        }),
      },
    ]),
  )
/** Who directs requests to regions, by the name targets use; asks nobody. */
export function regionProvidersOf(
  config: Pick<Config, 'azure'>,
  beforeChange?: () => void,
): ReadonlyMap<string, RegionProvider> {
  const { endpoint, token } = config.azure ?? {}
  const inAzure = azure({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(token === undefined ? {} : { token }),
    ...(beforeChange ? { beforeChange } : {}),
  })
  return new Map([[inAzure.kind, inAzure]])
}

/** Everything that the configuration measures with; asks nobody. */
export function metricsOf({
  metrics,
  metricKeys,
}: Pick<Config, 'metrics' | 'metricKeys'>): Metrics {
  const sources = new Map<MetricSource, Metrics>()
  for (const name of sourcesOf(metrics)) {
    const source = made(name, { metrics, metricKeys })
    if (source) sources.set(name, source)
  }
  return sources.size === 0 ? noMetrics : several(sources, noMetrics)
}

/** Every pager that the configuration names and that has its key; asks nobody. */
export const pagersOf = ({
  pagers,
  pagerKeys,
}: Pick<Config, 'pagers' | 'pagerKeys'>): ReadonlyMap<string, Pager> =>
  new Map(
    [...pagers].flatMap(([name, { kind, url }]): readonly [string, Pager][] => {
      const key = pagerKeys.get(name)
      if (key === undefined) return []
      return [
        [
          name,
          kind === 'pagerduty'
            ? pagerDuty({ name: `PagerDuty (${name})`, url, routingKey: key })
            : jsm({ name: `Jira Service Management (${name})`, url, apiKey: key }),
        ],
      ]
    }),
  )

/** Every provider of flags that the configuration names and that has its token; asks nobody. */
export const flagsOf = (
  { flags, flagTokens }: Pick<Config, 'flags' | 'flagTokens'>,
  beforeChange?: () => void,
): ReadonlyMap<string, FlagProvider> =>
  new Map(
    [...flags].flatMap(([name, { kind, url }]): readonly [string, FlagProvider][] => {
      const token = flagTokens.get(name)
      return token === undefined
        ? []
        : [[name, flagProvider(kind, { called: name, url, token, beforeChange })]]
    }),
  )

/** `undefined` where a key is missing: then the start has said so. */
function made(
  name: MetricSource,
  { metrics, metricKeys }: Pick<Config, 'metrics' | 'metricKeys'>,
): Metrics | undefined {
  switch (name) {
    case 'prometheus':
      return metrics.prometheus && prometheus({ url: metrics.prometheus.url })
    case 'cloudwatch':
      return metrics.cloudwatch && cloudwatch(metrics.cloudwatch)
    case 'datadog': {
      const keys = metricKeys.datadog
      const url = `https://api.${metrics.datadog?.site}`
      return keys && datadog({ url, apiKey: keys.api, appKey: keys.app })
    }
    case 'newRelic': {
      const { newRelic: settings } = metrics
      const url = `https://api.${settings?.region === 'eu' ? 'eu.' : ''}newrelic.com`
      const userKey = metricKeys.newRelic
      return settings && userKey !== undefined
        ? newRelic({ url, account: settings.account, userKey })
        : undefined
    }
  }
}
