import type { UserSeed } from '#sandbox/slack/model.ts'
import type { Elsewhere } from './elsewhere.ts'
import { anotherOf, appsOn, type Workload } from './workload.ts'

/** Everybody asks for their own service only: nobody asks more often than people do. */
export const personId = (name: string): string => `U0${name.toUpperCase()}`
/** Whoever approves where two are needed. */
export const otherId = (name: string): string => `${personId(name)}B`
const otherOf = (name: string): UserSeed => ({
  id: otherId(name),
  name: `other-${name}`,
  realName: `Other ${name}`,
  email: `other-${name}@shop.example`,
})
const personOf = (name: string): UserSeed => ({
  id: personId(name),
  name: `oncall-${name}`,
  realName: `On call ${name}`,
  email: `${name}@shop.example`,
})

/** Everybody in it, as Slack knows them. */
export const peopleOf = (workloads: readonly Workload[]): readonly UserSeed[] => [
  ...board,
  ...workloads.flatMap(({ name }) => [personOf(name), otherOf(name)]),
]

const levels = ['team-lead', 'engineering-manager', 'vp-engineering', 'executives'] as const
const board: readonly UserSeed[] = levels.map((level, at) => ({
  id: `U0BOARD${at}`,
  name: level,
  realName: level,
  email: `${level}@shop.example`,
}))

/** What the product is told of it: `kubeconfig` is a path, `prometheus` an address. */
export const configOf = (
  kubeconfig: string,
  prometheus: string,
  workloads: readonly Workload[],
  elsewhere: Pick<Elsewhere, 'targetOf' | 'dockerUrl' | 'flagsUrl'>,
): string => `
organisation: Crash
timezone: UTC
slack: { incidentChannels: create, announceIn: "#incidents" }
roles:
  on-call-engineer: { members: [U0BOARD0] }
${levels.map((level, at) => `  ${level}: { members: [U0BOARD${at}] }`).join('\n')}
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)}, freeze: true }
metrics:
  prometheus: { url: ${JSON.stringify(prometheus)} }
docker: { crash: { url: ${JSON.stringify(elsewhere.dockerUrl)} } }
flags: { crash: { unleash: { url: ${JSON.stringify(elsewhere.flagsUrl)} } } }
pagers: { ${pager}: { pagerduty: {} } }
webhooks:
  rules: [{ source: alertmanager, serviceFrom: service }]
services:
${workloads
  .flatMap((one) =>
    [one, ...anotherOf(one), ...appsOn(one)].map((each) => serviceOf(each, one, elsewhere)),
  )
  .join('\n')}
`

/** Longer than whoever presses something meanwhile is kept waiting: the clock is moved to its end. */
const countdown = 'countdownSeconds: 600'
const automationOf = ({ byItself }: Workload): string =>
  byItself === undefined
    ? ''
    : `\n    automation: { mode: on, ${countdown}, triggers: [${byItself}] }`

/** Its key stands in the variables of every process. */
const pager = 'crash'

/** The people of `of` decide on it. */
const serviceOf = (
  workload: Workload,
  { name: of, on: ofPlatform }: Workload,
  { targetOf }: Pick<Elsewhere, 'targetOf'>,
): string => {
  const { name, kind, twoPeople, paged, hasCanary, hasColours, hasFlag, on } = workload
  const shifted = `canary: { deployment: ${name}-canary }, traffic: { virtualService: ${name}, stable: { host: ${name}, subset: stable }, canary: { host: ${name}, subset: canary } }`
  const coloured = `kubernetes: { cluster: prod, namespace: production, deployment: ${name}-blue, blueGreen: { service: ${name}, deployment: ${name}-green } }`
  const inCluster = `kubernetes: { cluster: prod, namespace: production, ${kind[0]?.toLowerCase()}${kind.slice(1)}: ${name}${hasCanary ? `, ${shifted}` : ''} }`
  return `  ${name}:
    owner: Team
    tier: critical
    approval: { twoPerson: ${twoPeople === true} }${automationOf(workload)}${paged ? `\n    pager: ${pager}` : ''}
    targets: [{ ${on ? targetOf(workload) : hasColours ? coloured : inCluster} }]${hasFlag ? `\n    flags: [{ provider: crash, key: ${name}, environment: production }]` : ''}
${name !== of && ofPlatform === 'database' ? `    dependsOn: [${of}]\n    schema: { database: ${of} }\n` : ''}    roles:
      on-call-engineer: { members: [${personId(of)}, ${otherId(of)}] }
      team-lead: { members: [${personId(of)}, ${otherId(of)}] }
      engineering-manager: { members: [${personId(of)}, ${otherId(of)}] }
      vp-engineering: { members: [${personId(of)}, ${otherId(of)}] }
    signals:
      errorRate:  { query: 'avg_over_time(service:error_rate{service="${name}"}[$window])' }
      p95:        { query: 'avg_over_time(service:p95_seconds{service="${name}"}[$window])' }
      throughput: { query: 'avg_over_time(service:requests_per_second{service="${name}"}[$window])' }`
}
