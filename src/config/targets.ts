import { trafficOf } from './traffic.ts'
import { z } from 'zod'
import { list } from '#domain/communication/words.ts'
import { workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import { DatabaseSection, databaseTarget } from './database-target.ts'
import { ComposeSection, composeTarget } from './docker.ts'
import { FlagRow, flagTarget } from './flags.ts'
import { KubernetesTarget } from './kubernetes-target.ts'
import { AwsRegion } from './metrics.ts'
import { NginxSection, nginxTarget } from './nginx.ts'
import { RegionTarget, regionTarget } from './region-target.ts'

const EcsName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/,
    'must be a name in ECS, not an ARN: letters, digits, dashes and underscores',
  )

const CodeDeployName = z
  .string()
  .regex(/^[^'\s]{1,100}$/, 'must be a name in CodeDeploy: at most 100 characters, without spaces')

const Ecs = z
  .strictObject({
    cluster: EcsName,
    service: EcsName,
    /** Absent: the one that AWS's own variables name. */
    region: AwsRegion.optional(),
    /** Who deploys it, where its deployment controller is CODE_DEPLOY. */
    codeDeploy: z.strictObject({ application: CodeDeployName, group: CodeDeployName }).optional(),
    /** A task definition that was deregistered is registered once more where it is to be deployed; needs rights of its own. */
    registerAgain: z.boolean().optional(),
  })
  .refine(({ codeDeploy, registerAgain }) => !(codeDeploy && registerAgain), {
    path: ['registerAgain'],
    message: 'is for services that ECS deploys; leave it out where codeDeploy is named',
  })

const platforms = ['kubernetes', 'ecs', 'compose', 'nginx', 'database', 'flag', 'region'] as const
/** Where a service runs: on one kind of platform. */
export const TargetRow = z
  .strictObject({
    kubernetes: KubernetesTarget.optional(),
    ecs: Ecs.optional(),
    compose: ComposeSection.optional(),
    nginx: NginxSection.optional(),
    database: DatabaseSection.optional(),
    flag: FlagRow.optional(),
    region: RegionTarget.optional(),
  })
  .refine((target) => platforms.filter((one) => target[one] !== undefined).length === 1, {
    message: `needs exactly one of ${list(platforms)}`,
  })
export type TargetRow = z.infer<typeof TargetRow>

/** Where a service runs, as its executor wants it. */
export function targetOf(row: TargetRow): Target {
  const { kubernetes, ecs, compose, nginx, database, flag, region } = row
  if (kubernetes) return kubernetesTarget(kubernetes)
  if (ecs) return ecsTarget(ecs)
  if (compose) return composeTarget(compose)
  if (nginx) return nginxTarget(nginx)
  if (database) return databaseTarget(database)
  if (flag) return flagTarget(flag)
  if (region) return regionTarget(region)
  throw new Error('the schema lets no target through that names no platform')
}

/** What stands for its environment where none is named. */
export function environmentOf(first: TargetRow | undefined): string {
  if (first?.kubernetes) return `${first.kubernetes.cluster}/${first.kubernetes.namespace}`
  if (first?.ecs) return `ecs/${first.ecs.cluster}`
  if (first?.flag) return `${first.flag.provider}/${first.flag.environment}`
  if (first?.nginx) return `nginx/${first.nginx.upstream}`
  if (first?.database) return `database/${first.database.connection}`
  if (first?.compose) return `${first.compose.docker}/${first.compose.project}`
  return first?.region
    ? `${first.region.provider}/${first.region.trafficManager.profile}`
    : 'production'
}

/** What a target changes: the workload, the Deployment beside it, and what stands in its slots. */
export const workloadsOf = (row: TargetRow): readonly string[] => {
  const { cluster, namespace, canary, blueGreen } = row.kubernetes ?? {}
  const other = canary ?? blueGreen
  const beside = other && `${cluster}/${namespace}/deployment/${other.deployment}`
  const inSlots = Object.values(row.nginx?.slots ?? {}).flatMap(({ compose }) =>
    compose ? [composeTarget(compose).workload] : [],
  )
  return [targetOf(row).workload, ...(beside === undefined ? [] : [beside]), ...inSlots]
}

function kubernetesTarget({
  canary,
  traffic,
  blueGreen,
  ...target
}: NonNullable<TargetRow['kubernetes']>): Target {
  const { cluster, namespace, ...workload } = target
  // The schema lets exactly one through.
  const [key = '', name = ''] = Object.entries(workload).find(([, one]) => one !== undefined) ?? []
  const kind = key.toLowerCase()
  return {
    executor: 'kubernetes',
    workload: workloadId(`${cluster}/${namespace}/${kind}/${name}`),
    title: `${cluster}/${namespace} ${kind} ${name}`,
    spec: {
      cluster,
      namespace,
      kind,
      name,
      ...(canary ? { canary } : {}),
      ...(traffic ? { traffic: trafficOf(traffic) } : {}),
      ...(blueGreen
        ? {
            blueGreen: {
              service: blueGreen.service,
              deployment: blueGreen.deployment,
              ...(blueGreen.keepFormer ? { keepFormer: true } : {}),
            },
          }
        : {}),
    },
  }
}

function ecsTarget({
  cluster,
  service,
  region,
  codeDeploy,
  registerAgain,
}: NonNullable<TargetRow['ecs']>): Target {
  return {
    executor: codeDeploy ? 'code-deploy' : 'ecs',
    workload: workloadId(`ecs/${region ?? 'default'}/${cluster}/${service}`),
    title: `${cluster} ECS service ${service}`,
    spec: {
      cluster,
      service,
      region: region ?? null,
      ...codeDeploy,
      ...(registerAgain ? { registerAgain } : {}),
    },
  }
}
