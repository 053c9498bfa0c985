import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDocker } from '#sandbox/docker/index.ts'
import { startFlags } from '#sandbox/flags/server.ts'
import { unleashDialect } from '#sandbox/flags/unleash.ts'
import type { Elsewhere as Measured } from '#sandbox/metrics/history.ts'
import { startNginx } from '#sandbox/nginx/index.ts'
import { onEcs } from './elsewhere-on-ecs.ts'
import { behaviours, type Workload } from './workload.ts'

export type Elsewhere = Awaited<ReturnType<typeof startElsewhere>>

type Named = Pick<Workload, 'name' | 'on'>

const app = 'app'
const imageOf = (name: string, version: string) => `shop/${name}:${version}`
const minutesAgo = (now: () => Date, minutes: number) =>
  new Date(now().getTime() - minutes * 60_000)

/** What is not of the cluster: slots behind an nginx, services of Compose and of ECS, feature flags. */
export async function startElsewhere(
  workloads: readonly Named[],
  { folder, now }: { readonly folder: string; readonly now: () => Date },
) {
  const docker = await startDocker({ now, startMs: 5, behaviours })
  const flags = await startFlags({ dialect: unleashDialect, token: 'user:the-crash-harness', now })
  const ecs = await onEcs(now)
  const files = join(folder, 'nginx')
  mkdirSync(files)
  const fileOf = (name: string) => join(files, `${name}.conf`)
  /** One that nothing is asked of, so that there is always one. */
  const own = 'harness'
  writeFileSync(fileOf(own), fileFor(own, ['127.0.0.1:9', '127.0.0.1:9'], 'blue'))
  const nginx = await startNginx(() => fileOf(own), own)
  const slots = new Map<string, readonly [blue: string, green: string]>()
  const fronts = new Map<string, string>()
  /** What each has loaded, one after the other. */
  const loads = new Map<string, string[]>()
  for (const { name } of workloads.filter(({ on }) => on === 'nginx')) {
    const both = [await nginx.slot('1.0'), await nginx.slot('0.9')] as const
    slots.set(name, both)
    writeFileSync(fileOf(name), fileFor(name, both, 'blue'))
    fronts.set(name, await nginx.include(() => fileOf(name), name))
  }
  nginx.reload()
  const stop = nginx.onChange(() => {
    for (const name of slots.keys()) {
      const all = loads.get(name) ?? []
      const loaded = JSON.stringify(nginx.loaded(name))
      if (all.at(-1) !== loaded) loads.set(name, [...all, loaded])
    }
  })
  for (const { name, on } of workloads) {
    flags.store.add({ key: name, isOn: false })
    if (on !== 'compose') continue
    docker.build(imageOf(name, '1.0'))
    docker.declare(name, app, {
      image: imageOf(name, '1.0'),
      settings: {},
      hasHealthCheck: true,
    })
  }
  /** As a pipeline does: green has the next version, and all requests or a share of them. */
  const switches = (name: string, version: string, percent?: number) => {
    const both = slots.get(name)
    if (!both) throw new Error(`no slots are there of ${name}`)
    nginx.set(both[1], { version, status: 200 })
    writeFileSync(
      fileOf(name),
      fileFor(name, both, percent === undefined ? 'green' : 'blue', percent),
    )
    nginx.reload()
    const at = minutesAgo(now, 2)
    utimesSync(fileOf(name), at, at)
    loads.delete(name)
  }
  const versionAt = (address: string | undefined) => nginx.at(address ?? '')?.version ?? 'unknown'
  const runs = ({ name, on }: Named): string | undefined => {
    if (on === 'nginx') return imageOf(name, versionAt(nginx.loaded(name)?.rest))
    return [...(on === 'ecs' ? ecs : docker).running(name, app).keys()].join(' and ')
  }

  return {
    /** Where the configuration finds it. */
    targetOf({ name, on }: Named): string {
      if (on === 'ecs') return ecs.targetOf(name)
      if (on === 'compose')
        return `compose: { docker: crash, project: ${name}, service: ${app}, directory: ${JSON.stringify(folder)} }`
      const slot = (address = '') =>
        `{ servers: ["${address}"], health: "http://${address}/health" }`
      const [blue, green] = slots.get(name) ?? []
      return `nginx: { upstream: ${name}, file: ${JSON.stringify(fileOf(name))}, front: "${fronts.get(name)}", slots: { blue: ${slot(blue)}, green: ${slot(green)} } }`
    },
    dockerUrl: docker.url,
    flagsUrl: flags.url,
    /** For each process of the product. */
    variables: {
      FLAGS_CRASH_TOKEN: flags.token,
      PRETEND_NGINX: JSON.stringify(nginx.program),
      PRETEND_DOCKER: JSON.stringify(docker.program),
      PRETEND_AWS: ecs.url,
    },
    /** It has run for long, and `bad` has come out two minutes ago. */
    ships({ name, on }: Named, bad?: string): void {
      if (on === 'nginx') {
        if (bad !== undefined) switches(name, bad)
        return
      }
      if (on === 'ecs') return ecs.ships(name, bad)
      docker.scale(name, app, 2, folder)
      docker.runsSince(name, app, minutesAgo(now, 20 * 24 * 60))
      if (bad === undefined) return
      docker.build(imageOf(name, bad))
      docker.deploy(name, app, imageOf(name, bad), folder)
    },
    /** Its next version gets half of the requests. */
    tries: ({ name }: Named) => switches(name, '1.1', 50),
    /** Its next version brought a flag along that is on for everybody. */
    opensFlag(name: string): void {
      const flag = flags.store.find({ key: name })
      if (flag) flags.store.set(flag, true)
    },
    runs,
    /** What of it is not as it must be in the end, whatever was cut off on the way: each change was made once. */
    wrong({ name, on, hasFlag }: Named & Pick<Workload, 'hasFlag'>): readonly string[] {
      const wrong: string[] = []
      if (on === 'nginx') {
        const made = loads.get(name) ?? []
        if (made.length !== 1)
          wrong.push(`nginx loaded ${made.length} divisions: ${made.join(' ')}`)
        if (readFileSync(fileOf(name), 'utf8').includes('%'))
          wrong.push('a canary has a share that was to have none')
      }
      if (on === 'compose' && [...docker.running(name, app).values()].join() !== '2')
        wrong.push('Compose does not run two containers of one version')
      if (on === 'ecs') wrong.push(...ecs.wrong(name))
      if (hasFlag) {
        const switched = flags.store.events.filter(({ flag }) => flag.key === name)
        const kinds = switched.map(({ type }) => type.replace('feature-environment-', '')).join(' ')
        if (kinds !== 'enabled disabled') wrong.push(`its flag was ${kinds}`)
      }
      return wrong
    },
    measured: {
      onChange(changed) {
        const ends = [nginx, docker, ecs].map((one) => one.onChange(changed))
        return () => {
          for (const end of ends) end()
        }
      },
      serving: () =>
        new Map(
          workloads
            .filter(({ on }) => on !== undefined)
            .map((one) => [one.name, new Map([[runs(one) ?? '', 1]])]),
        ),
    } satisfies Measured,
    async close(): Promise<void> {
      stop()
      await nginx.close()
      await docker.close()
      await ecs.close()
      await flags.close()
    },
  }
}

const fileFor = (
  name: string,
  [blue, green]: readonly [string, string],
  serving: 'blue' | 'green',
  percent?: number,
): string => `upstream ${name}_blue { server ${blue}; }
upstream ${name}_green { server ${green}; }
split_clients "$request_id" $${name}_slot {
${percent === undefined ? '' : `    ${percent}% ${name}_green;\n`}    * ${name}_${serving};
}
`
