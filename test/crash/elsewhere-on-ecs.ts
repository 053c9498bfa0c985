import { ecsRegion, startEcs } from '#sandbox/aws/ecs/index.ts'
import { behaviours } from './workload.ts'

const cluster = 'crash'
const day = 24 * 60 * 60 * 1_000

/** Each workload is a service of one cluster of ECS. */
export async function onEcs(now: () => Date) {
  const ecs = await startEcs({ now, taskStartMs: 5, everyMs: 50, behaviours })
  const services = new Set<string>()
  const define = (name: string, tag: string) =>
    ecs.register(`crash-${name}`, [{ name: 'app', image: `shop/${name}:${tag}` }])
  return {
    url: ecs.url,
    onChange: ecs.onChange,
    close: () => ecs.close(),
    targetOf: (name: string) =>
      `ecs: { cluster: ${cluster}, service: ${name}, region: ${ecsRegion} }`,
    /** It has run for long, and `bad` has come out two minutes ago. */
    ships(name: string, bad: string | undefined): void {
      const version = (tag: string, agoMs: number) => ({
        definition: define(name, tag),
        at: new Date(now().getTime() - agoMs),
      })
      const past = [version('1.0', 20 * day), ...(bad === undefined ? [] : [version(bad, 120_000)])]
      ecs.createService({ cluster, name, desiredCount: 2, past })
      services.add(name)
    },
    running: (name: string): ReadonlyMap<string, number> =>
      services.has(name) ? ecs.running(cluster, name) : new Map(),
    /** No call that changed it came twice. */
    wrong(name: string): readonly string[] {
      const made = ecs.exchanges.flatMap(({ operation, request, status }) => {
        const { service, taskDefinition } = Object(request) as Record<string, unknown>
        return operation === 'UpdateService' && service === name && status === 200
          ? String(taskDefinition)
          : []
      })
      return made.some((one, at) => one === made[at - 1])
        ? [`ECS was told twice to run ${made.join(', ')}`]
        : []
    },
  }
}
