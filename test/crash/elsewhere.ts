import { startDocker } from '#sandbox/docker/index.ts'
import { startFlags } from '#sandbox/flags/server.ts'
import { unleashDialect } from '#sandbox/flags/unleash.ts'
import type { Elsewhere as Measured } from '#sandbox/metrics/history.ts'
import { behindNginx } from './elsewhere-behind-nginx.ts'
import { inDatabases } from './elsewhere-in-databases.ts'
import { inRegions } from './elsewhere-in-regions.ts'
import { onCompose } from './elsewhere-on-compose.ts'
import { onEcs } from './elsewhere-on-ecs.ts'
import { imageOf, type Platform } from './platform.ts'
import { appsOn, behaviours, type Workload } from './workload.ts'

export type Elsewhere = Awaited<ReturnType<typeof startElsewhere>>

interface Around {
  readonly folder: string
  readonly now: () => Date
  /** Of the database beside which those of the stories are made. */
  readonly ownerUrl: string
}

type Named = Pick<Workload, 'name' | 'on'>

/** What is not of the cluster: slots behind an nginx, services of Compose and of ECS, regions, schemas of databases, feature flags. */
export async function startElsewhere(
  workloads: readonly Workload[],
  { folder, now, ownerUrl }: Around,
) {
  const of = (on: Workload['on']) => workloads.filter((one) => one.on === on)
  const namesOf = (on: Workload['on']) => of(on).map(({ name }) => name)
  const docker = await startDocker({ now, startMs: 5, behaviours })
  const flags = await startFlags({ dialect: unleashDialect, token: 'user:the-crash-harness', now })
  const aws = await onEcs(workloads, now)
  const nginx = await behindNginx(of('nginx'), { docker, folder, now })
  const regions = await inRegions(namesOf('region'))
  const databases = await inDatabases(namesOf('database'), { folder, ownerUrl })
  const platforms: Readonly<Record<NonNullable<Workload['on']>, Platform>> = {
    nginx,
    compose: onCompose(namesOf('compose'), { docker, folder, now }),
    ecs: aws,
    'code-deploy': aws,
    region: regions,
    database: databases,
  }
  const apart = [...new Set(Object.values(platforms))]
  for (const { name } of workloads) flags.store.add({ key: name, isOn: false })
  const platformOf = ({ name, on }: Named): Platform => {
    if (!on) throw new Error(`${name} is in the cluster`)
    return platforms[on]
  }
  const flagOf = (name: string) => {
    const found = flags.store.find({ key: name })
    if (!found) throw new Error(`there is no flag ${name}`)
    return found
  }

  /** Of a database nobody sees by the figures which schema it has. */
  const serving = (one: Workload): [string, ReadonlyMap<string, number>] => {
    const image = one.on === 'database' ? imageOf(one.name, '1.0') : platformOf(one).runs(one.name)
    return [one.name, new Map([[typeof image === 'string' ? image : '', 1]])]
  }

  return {
    targetOf: (one: Named) => platformOf(one).targetOf(one.name),
    dockerUrl: docker.url,
    flagsUrl: flags.url,
    regions,
    /** For each process of the product. */
    variables: {
      FLAGS_CRASH_TOKEN: flags.token,
      PRETEND_NGINX: JSON.stringify(nginx.program),
      PRETEND_DOCKER: JSON.stringify(docker.program),
      PRETEND_AWS: aws.url,
      PRETEND_AZURE: regions.url,
      PRETEND_BACKUPS: databases.backups,
      ...databases.variables,
    },
    platformOf,
    /** Its next version brought a flag along that is on for everybody. */
    opensFlag: (name: string) => flags.store.set(flagOf(name), true),
    /** Whoever keeps the flag lets nobody switch it without an approval of its own. */
    keepsFlag(name: string): void {
      flagOf(name).pending = 'approval'
    },
    /** What of it is not as it must be in the end. */
    async wrong(one: Workload, isTakenBack?: boolean): Promise<readonly string[]> {
      const { name, on, hasFlag } = one
      const wrong = on ? [...(await platformOf(one).wrong(name, isTakenBack))] : []
      for (const app of appsOn(one))
        if (app.on) wrong.push(...(await platformOf(app).wrong(app.name)))
      if (!hasFlag) return wrong
      const kinds = flags.store.events
        .filter(({ flag }) => flag.key === name)
        .map(({ type }) => type.replace('feature-environment-', ''))
        .join(' ')
      if (kinds !== (hasFlag === 'goes-off' ? 'enabled disabled' : 'enabled'))
        wrong.push(`its flag was ${kinds}`)
      return wrong
    },
    measured: {
      onChange(changed) {
        const ends = apart.map((one) => one.onChange(changed))
        return () => {
          for (const end of ends) end()
        }
      },
      serving: () =>
        new Map(
          workloads
            .flatMap((one) => [one, ...appsOn(one)])
            .filter(({ on }) => on)
            .map(serving),
        ),
    } satisfies Measured,
    async close(): Promise<void> {
      for (const one of apart) await one.close()
      await flags.close()
    },
  }
}
