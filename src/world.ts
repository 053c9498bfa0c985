import { directory } from '#directory/index.ts'
import type { PersonId } from '#domain/ids.ts'
import { makeExecutors } from '#executors/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { asVariable } from '#config/webhook-secrets.ts'
import type { ClusterSource } from '#config/file.ts'
import { healthProbe } from '#metrics/health-probe.ts'
import type { Measures } from '#http/metrics.ts'
import type { Gates } from '#ports/gates.ts'
import type { TestReports } from '#ports/test-reports.ts'
import type { Log } from '#ports/log.ts'
import type { Assessments, EvidenceLocker, Revisions, Timeline } from '#ports/store.ts'
import { slackClient } from '#slack/client.ts'
import type { World } from '#workflows/world.ts'
import { clock } from './clock.ts'
import type { Config } from './config.ts'
import { ids } from './ids.ts'
import {
  connectTo,
  dockerOf,
  balancerIn,
  codeDeployIn,
  ecsIn,
  flagsOf,
  metricsOf,
  pagersOf,
  regionProvidersOf,
} from './outside.ts'

/** What remembers: PostgreSQL, or whatever stands in for it. */
export interface Memory {
  readonly timeline: Timeline
  readonly revisions: Revisions
  readonly evidence: EvidenceLocker
  readonly assessments: Assessments
  /** Where Flagger asks; absent where no database answers it. */
  readonly gates?: Gates
  /** What tests have said; absent where nobody keeps it. */
  readonly tests?: TestReports
}

export interface Around {
  readonly log: Log
  /** Hides secrets in what leaves the process. */
  readonly hide: (text: string) => string
  /** Throws when what calls it may not act any more. */
  readonly mustHold?: () => void
  /** Counts what is asked of others, where somebody looks at figures. */
  readonly measures?: Pick<Measures, 'measuredDirectory' | 'measuredExecutor' | 'slackCalled'>
  /** See `World.patience`. */
  readonly patience?: number | undefined
  /** People whose identity was proved to this process. */
  readonly vouched?: ReadonlyMap<PersonId, string>
}

/** Everything a workflow may ask for, as the configuration says it: the same for the server and for a terminal. */
export function worldOf(
  config: Config,
  memory: Memory,
  { log, hide, mustHold, measures, patience, vouched }: Around,
): World {
  const executors = makeExecutors({
    kubernetes: {
      clusters: clustersOf(config, mustHold),
      freezing: config.freezing,
      argoCd: config.argoCd,
      revisions: memory.revisions,
      servedLongMicros: config.policy.rollback.servedLongMicros,
      gatesOf: (cluster) =>
        config.flaggerSecrets.has(asVariable(cluster)) ? memory.gates : undefined,
      ...(mustHold ? { beforeChange: mustHold } : {}),
      scrub: hide,
    },
    ecs: {
      api: ecsIn(config, mustHold),
      codeDeploy: codeDeployIn(config, mustHold),
      balancer: balancerIn(config),
      ...(config.aws ? { lookEveryMs: config.aws.lookEveryMs } : {}),
      revisions: memory.revisions,
      servedLongMicros: config.policy.rollback.servedLongMicros,
      scrub: hide,
    },
    nginx: {
      program: nginxProgram({
        ...(config.nginxProgram ? { program: config.nginxProgram } : {}),
        ...(mustHold ? { beforeChange: mustHold } : {}),
      }),
      revisions: memory.revisions,
      servedLongMicros: config.policy.rollback.servedLongMicros,
      scrub: hide,
    },
    compose: {
      hosts: dockerOf(config, mustHold),
      revisions: memory.revisions,
      servedLongMicros: config.policy.rollback.servedLongMicros,
      scrub: hide,
    },
    flag: { providers: flagsOf(config, mustHold) },
    database: {
      urlOf: (connection) => config.migratedUrls.get(asVariable(connection)),
      revisions: memory.revisions,
      servedLongMicros: config.policy.rollback.servedLongMicros,
      scrub: hide,
      ...(mustHold ? { beforeChange: mustHold } : {}),
    },
    region: {
      providers: regionProvidersOf(config, mustHold),
      ...(config.azure
        ? { lookEveryMs: config.azure.lookEveryMs, secondMs: config.azure.secondMs }
        : {}),
      revisions: memory.revisions,
      scrub: hide,
    },
  })
  const who = directory({
    client: slackClient(config.slack, log, { called: measures?.slackCalled }),
    roles: config.roles,
    log,
    ...(config.terminal ? { workspace: config.terminal.workspace } : {}),
    ...(vouched ? { vouched } : {}),
  })
  return {
    ...memory,
    catalogue: config.catalogue,
    policy: config.policy,
    executors: measures
      ? new Map([...executors].map(([kind, one]) => [kind, measures.measuredExecutor(one)]))
      : executors,
    directory: measures ? measures.measuredDirectory(who) : who,
    metrics: metricsOf(config),
    pagers: pagersOf(config),
    probe: healthProbe({ hosts: config.healthHosts }),
    clock,
    ids,
    scrub: hide,
    ...(patience === undefined ? {} : { patience }),
  }
}

const clustersOf = ({ clusters }: Config, beforeChange: (() => void) | undefined) =>
  new Map(
    [...clusters].map(([name, source]) => [
      name,
      kubernetesApi(connection(name, source), beforeChange ? { beforeChange } : {}),
    ]),
  )

function connection(name: string, source: ClusterSource) {
  try {
    return connectTo(source)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cluster ${name}: ${why}.`, { cause })
  }
}
