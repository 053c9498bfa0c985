import { healthy } from '#sandbox/cluster/behaviour.ts'
import { ecsRegion, startEcs } from '#sandbox/aws/ecs/index.ts'
import { day, imageOf, type Platform } from './platform.ts'
import { behaviours, type Workload } from './workload.ts'

const cluster = 'crash'
const application = 'crash'
/** As ECS and CodeDeploy call what each has asked of them at most once for one thing. */
const changing = [
  'UpdateService',
  'RegisterTaskDefinition',
  'StopServiceDeployment',
  'ContinueServiceDeployment',
  'ContinueDeployment',
  'CreateDeployment',
  'StopDeployment',
]

/** Each workload is a service of one cluster of ECS; CodeDeploy deploys some of them. */
export async function onEcs(
  workloads: readonly Pick<Workload, 'name' | 'on' | 'registersAgain'>[],
  now: () => Date,
): Promise<Platform & { readonly url: string }> {
  const pushed = new Set<string>()
  const ecs = await startEcs({
    now,
    taskStartMs: 5,
    everyMs: 50,
    behaviours: (image) => (pushed.has(image) ? healthy : behaviours(image)),
  })
  const services = new Set<string>()
  const registersAgain = (name: string) =>
    workloads.some((one) => one.name === name && one.registersAgain === true)
  const isByCodeDeploy = (name: string) =>
    workloads.some((one) => one.name === name && one.on === 'code-deploy')
  /** The first of each. */
  const former = new Map<string, string>()
  const define = (name: string, tag: string) =>
    ecs.register(`crash-${name}`, [{ name: 'app', image: imageOf(name, tag) }])
  const ships = (name: string, bad?: string): void => {
    const version = (tag: string, agoMs: number) => ({
      definition: define(name, tag),
      at: new Date(now().getTime() - agoMs),
    })
    const past = [version('1.0', 20 * day), ...(bad === undefined ? [] : [version(bad, 120_000)])]
    ecs.createService({
      cluster,
      name,
      desiredCount: 2,
      past,
      ...(isByCodeDeploy(name)
        ? { codeDeploy: { application, group: name, endsAfter: Number.POSITIVE_INFINITY } }
        : {}),
    })
    services.add(name)
    if (past[0]) former.set(name, past[0].definition)
  }
  const deploys = (name: string, tag: string): void => {
    ecs.ship(cluster, name, define(name, tag))
  }
  return {
    url: ecs.url,
    onChange: ecs.onChange,
    close: () => ecs.close(),
    targetOf: (name) =>
      `ecs: { cluster: ${cluster}, service: ${name}, region: ${ecsRegion}${isByCodeDeploy(name) ? `, codeDeploy: { application: ${application}, group: ${name} }` : ''}${registersAgain(name) ? ', registerAgain: true' : ''} }`,
    ships,
    /** Its deployments wait for somebody's word from now on. */
    tries(name) {
      if (isByCodeDeploy(name)) ecs.groupSettings(cluster, name, { waitsMinutes: 60 })
      else ecs.pauseDeployments(cluster, name)
      deploys(name, '1.1')
    },
    isWaiting: (name) =>
      isByCodeDeploy(name)
        ? ecs.deployedByCodeDeploy(cluster, name).isWaiting
        : ecs.state(cluster, name).stage === 'POST_SCALE_UP',
    deploys,
    isPushed: (name) => void pushed.add(imageOf(name, '1.2-gone')),
    /** What ran before can be deployed no more. */
    forgets: (name) => ecs.deregister(former.get(name) ?? ''),
    runs: (name) =>
      services.has(name) ? [...ecs.running(cluster, name).keys()].join(' and ') : undefined,
    wrong(name) {
      const tasks = [...ecs.running(cluster, name).values()].join()
      const family = `crash-${name}:`
      const made = ecs.exchanges.flatMap(({ operation, request, status }) => {
        const text = JSON.stringify(request)
        const isOwn =
          text.includes(family) || text.includes(`/${name}/`) || text.includes(`"${name}"`)
        return changing.includes(operation) && isOwn && status === 200 ? `${operation} ${text}` : []
      })
      return [
        ...(tasks === '2' ? [] : [`ECS runs ${tasks} tasks where 2 of one version were to`]),
        ...(made.some((one, at) => one === made[at - 1])
          ? [`AWS was told twice: ${made.join(', ')}`]
          : []),
      ]
    },
  }
}
