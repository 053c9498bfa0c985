import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PretendDocker } from '#sandbox/docker/index.ts'
import { startNginx } from '#sandbox/nginx/index.ts'
import { composeTarget } from './elsewhere-on-compose.ts'
import { day, imageOf, type Platform } from './platform.ts'
import type { Workload } from './workload.ts'

interface Around {
  readonly docker: PretendDocker
  readonly folder: string
  readonly now: () => Date
}
const colours = ['blue', 'green'] as const
type Colour = (typeof colours)[number]
type Slots = Readonly<Record<Colour, string>>

/** Two slots of each workload behind an nginx; of some, what stands in them is started by Compose. */
export async function behindNginx(
  workloads: readonly Pick<Workload, 'name' | 'onCompose'>[],
  { docker, folder, now }: Around,
): Promise<Platform & { readonly program: readonly string[] }> {
  const files = join(folder, 'nginx')
  mkdirSync(files)
  const fileOf = (name: string) => join(files, `${name}.conf`)
  /** One that nothing is asked of, so that there is always one. */
  const own = 'harness'
  writeFileSync(fileOf(own), fileFor(own, { blue: '127.0.0.1:9', green: '127.0.0.1:9' }, 'blue'))
  const nginx = await startNginx(() => fileOf(own), own)
  const slots = new Map<string, Slots>()
  const fronts = new Map<string, string>()
  /** What each has loaded since it was shipped, which comes first. */
  const loads = new Map<string, string[]>()
  const isOnCompose = (name: string) =>
    workloads.some((one) => one.name === name && one.onCompose === true)
  for (const { name } of workloads) {
    const both = { blue: await nginx.slot('1.0'), green: await nginx.slot('0.9') }
    slots.set(name, both)
    writeFileSync(fileOf(name), fileFor(name, both, 'blue'))
    fronts.set(name, await nginx.include(() => fileOf(name), name))
    if (!isOnCompose(name)) continue
    for (const [colour, version] of [
      ['blue', '1.0'],
      ['green', '0.9'],
    ] as const) {
      const image = imageOf(name, version)
      docker.build(image)
      docker.declare(name, colour, { image, settings: {}, hasHealthCheck: true })
    }
  }
  nginx.reload()
  const slotsOf = (name: string): Slots => {
    const both = slots.get(name)
    if (!both) throw new Error(`no slots are there of ${name}`)
    return both
  }
  /** What a container answers is what its image says; who has none does not answer. */
  const unlink = docker.onChange(() => {
    for (const { name } of workloads.filter((one) => one.onCompose))
      for (const colour of colours) {
        const [image] = [...docker.running(name, colour).keys()]
        const version = image?.split(':').at(-1)
        nginx.set(slotsOf(name)[colour], { version, status: version === undefined ? 502 : 200 })
      }
  })
  const stop = nginx.onChange(() => {
    for (const name of slots.keys()) {
      const all = loads.get(name) ?? []
      const loaded = JSON.stringify(nginx.loaded(name))
      if (all.at(-1) !== loaded) loads.set(name, [...all, loaded])
    }
  })
  /** As a pipeline does: green has the next version, and all requests or a share of them. */
  const switches = (name: string, percent?: number) => {
    const serving = percent === undefined ? 'green' : 'blue'
    writeFileSync(fileOf(name), fileFor(name, slotsOf(name), serving, percent))
    nginx.reload()
    const at = new Date(now().getTime() - 120_000)
    utimesSync(fileOf(name), at, at)
    loads.set(name, [JSON.stringify(nginx.loaded(name))])
  }
  const comesOut = (name: string, version: string) =>
    nginx.set(slotsOf(name).green, { version, status: 200 })
  return {
    program: nginx.program,
    onChange: nginx.onChange,
    targetOf(name) {
      const slot = (colour: Colour) => {
        const address = slotsOf(name)[colour]
        const started = isOnCompose(name) ? `, compose: ${composeTarget(name, colour, folder)}` : ''
        return `${colour}: { servers: ["${address}"], health: "http://${address}/health"${started} }`
      }
      return `nginx: { upstream: ${name}, file: ${JSON.stringify(fileOf(name))}, front: "${fronts.get(name)}", slots: { ${colours.map(slot).join(', ')} } }`
    },
    ships(name, bad) {
      if (isOnCompose(name))
        for (const colour of colours) {
          docker.scale(name, colour, 2, folder)
          docker.runsSince(name, colour, new Date(now().getTime() - 20 * day))
        }
      if (bad === undefined) return
      comesOut(name, bad)
      switches(name)
    },
    /** It gets half of the requests. */
    tries(name) {
      comesOut(name, '1.1')
      switches(name, 50)
    },
    isWaiting: () => true,
    /** Nobody needs blue any more, and it is stopped. */
    turnsGreen(name) {
      docker.build(imageOf(name, '1.1'))
      docker.deploy(name, 'green', imageOf(name, '1.1'), folder)
      switches(name)
      docker.stop(name, 'blue')
    },
    runs: (name) => imageOf(name, nginx.at(nginx.loaded(name)?.rest ?? '')?.version ?? 'unknown'),
    wrong(name, isTakenBack = false) {
      const wrong: string[] = []
      const [, ...made] = loads.get(name) ?? []
      if (made.length !== (isTakenBack ? 2 : 1))
        wrong.push(`nginx loaded ${made.length} divisions: ${made.join(' ')}`)
      if (readFileSync(fileOf(name), 'utf8').includes('%'))
        wrong.push('a canary has a share that was to have none')
      if (isOnCompose(name)) {
        const started = docker.commands.filter(
          ({ args }) => args.includes('up') && args.includes(name) && args.at(-1) === 'blue',
        ).length
        if (started !== 1) wrong.push(`slot blue was started ${started} times`)
        for (const colour of colours)
          if ([...docker.running(name, colour).values()].join() !== '2')
            wrong.push(`slot ${colour} does not run two containers of one version`)
      }
      return wrong
    },
    async close() {
      unlink()
      stop()
      await nginx.close()
    },
  }
}

const fileFor = (name: string, { blue, green }: Slots, serving: Colour, percent?: number): string =>
  `upstream ${name}_blue { server ${blue}; }
upstream ${name}_green { server ${green}; }
split_clients "$request_id" $${name}_slot {
${percent === undefined ? '' : `    ${percent}% ${name}_green;\n`}    * ${name}_${serving};
}
`
