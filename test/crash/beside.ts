import { flaggerGates } from '#domain/flagger/gates.ts'
import { asFields } from '#sandbox/cluster/fields.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import {
  anotherOf,
  appsOn,
  entranceOf,
  isLeftAlone,
  manifestOf,
  type Workload,
} from './workload.ts'

/** Where Argo CD has its Applications. */
export const argoCd = 'argocd'
const namespace = 'production'
const heals = { automated: { prune: true, selfHeal: true } }

/** A canary that has come out beside the workload, with a tenth of the requests. */
export const canaryOf = (workload: Workload): readonly Fields[] => {
  if (!workload.hasCanary) return []
  const { name } = workload
  const { spec, ...rest } = manifestOf(workload)
  const labels = { app: name, track: 'canary' }
  return [
    {
      ...rest,
      metadata: { name: `${name}-canary`, namespace, labels },
      spec: {
        ...spec,
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'app', image: `shop/${name}:1.1` }] },
        },
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace },
      spec: {
        hosts: [name],
        http: [
          {
            name: 'primary',
            route: [
              { destination: { host: name, subset: 'stable' }, weight: 90 },
              { destination: { host: name, subset: 'canary' }, weight: 10 },
            ],
          },
        ],
      },
    },
  ]
}

const colours = ['blue', 'green'] as const
type Colour = (typeof colours)[number]
/** By which a Service selects one of the two. */
export const selecting = (name: string, colour: Colour) => ({ app: name, colour })

/** One of two Deployments that take turns: blue serves, green waits for the next version. */
export const colourOf = (workload: Workload, colour: Colour): Fields => {
  const { spec, metadata, ...rest } = manifestOf(workload)
  const labels = selecting(workload.name, colour)
  return {
    ...rest,
    metadata: { ...metadata, name: `${workload.name}-${colour}`, labels },
    spec: {
      ...spec,
      replicas: colour === 'blue' ? 2 : 0,
      selector: { matchLabels: labels },
      template: { ...spec.template, metadata: { labels } },
    },
  }
}

/** In front of blue. */
export const colouredEntranceOf = (workload: Workload): Fields => {
  const { spec, ...rest } = entranceOf(workload)
  return { ...rest, spec: { ...spec, selector: selecting(workload.name, 'blue') } }
}

/** The image that serves. */
export function servedBy(
  cluster: Cluster,
  { name, kind, hasColours }: Workload,
): string | undefined {
  const colour = cluster.get('Service', namespace, name)?.spec.selector?.['colour']
  const deployed = cluster.get(kind, namespace, hasColours ? `${name}-${colour}` : name)
  return deployed?.spec.template.spec.containers[0]?.image
}

/** As Flagger is told of a Deployment: one stop on the way, and every question to `door`. */
export const flaggerCanaryOf = ({ name }: Workload, door: string): Fields => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name, namespace },
  spec: {
    provider: 'istio',
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    service: { port: 80 },
    analysis: {
      interval: '10s',
      stepWeights: [50],
      webhooks: flaggerGates.map((gate) => ({
        name: gate,
        type: gate,
        url: `${door}/webhooks/flagger/prod/${gate}`,
      })),
    },
  },
})

/** The Application of Argo CD that brings the workload what Git has; what Flux applies says so itself. */
export const applicationOf = ({ name, syncedBy }: Workload): readonly Fields[] =>
  syncedBy === 'argo-cd'
    ? [
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Application',
          metadata: { name, namespace: argoCd },
          spec: { project: 'default', syncPolicy: heals },
          status: { resources: [{ group: 'apps', kind: 'Deployment', namespace, name }] },
        },
      ]
    : []

/** Of everything that may stand beside it. */
export const pathsBeside = ({ name }: Pick<Workload, 'name'>): readonly string[] => [
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}-canary`,
  `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries/${name}`,
  ...['', '-primary', '-two', '-blue', '-green'].map(
    (copy) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}${copy}`,
  ),
  ...['-primary', '-canary', '-two'].map(
    (copy) => `/api/v1/namespaces/${namespace}/services/${name}${copy}`,
  ),
  `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/${name}`,
  `/apis/argoproj.io/v1alpha1/namespaces/${argoCd}/applications/${name}`,
]

/** What of it is not as it must be in the end: a canary that was taken away has neither requests nor pods, and what was paused goes on. */
export function wrongBeside(cluster: Cluster, workload: Workload): readonly string[] {
  const { name, kind, hasCanary, hasColours, byFlagger, syncedBy } = workload
  const wrong: string[] = []
  if (hasCanary) {
    const [first] = cluster.get('VirtualService', namespace, name)?.spec.http ?? []
    const weights = (first?.route ?? []).map(({ weight }) => weight).join(' ')
    if (weights !== '100 0') wrong.push(`the requests are divided ${weights}`)
    const replicas = cluster.get('Deployment', namespace, `${name}-canary`)?.spec.replicas
    if (replicas !== 0) wrong.push(`the canary has ${replicas} pods`)
  }
  for (const { name: another } of anotherOf(workload)) {
    const ran = cluster.get(kind, namespace, another)?.spec.template.spec.containers[0]?.image
    if (ran !== `shop/${another}:${workload.withAnother === 'is-left' ? '1.1' : '1.0'}`)
      wrong.push(`beside it the cluster runs ${ran}`)
  }
  for (const { name: app, on } of appsOn(workload)) {
    if (on) continue
    const replicas = cluster.get('Deployment', namespace, app)?.spec.replicas
    if (replicas !== 2) wrong.push(`the app was left with ${replicas} pods`)
  }
  if (hasColours === 'go-forward') {
    const left = cluster.get('Deployment', namespace, `${name}-blue`)?.spec.replicas
    if (left !== 0) wrong.push(`the colour before has ${left} pods`)
  }
  if (hasColours === 'go-back-for-good') {
    const left = cluster.get('Deployment', namespace, `${name}-green`)?.spec.replicas
    if (left !== 0) wrong.push(`the colour that was bad has ${left} pods`)
  }
  if (byFlagger) {
    const { phase, canaryWeight } = cluster.get('Canary', namespace, name)?.status ?? {}
    if (phase !== 'Failed' || canaryWeight !== 0)
      wrong.push(`Flagger was left in ${phase} with ${canaryWeight} %`)
    const serving = cluster.get('Deployment', namespace, `${name}-primary`)
    const image = serving?.spec.template.spec.containers[0]?.image
    if (image !== `shop/${name}:1.0`) wrong.push(`the copy of Flagger serves ${image}`)
  }
  if (syncedBy === 'argo-cd') {
    const { spec } = asFields(cluster.get('Application', argoCd, name))
    const syncs = JSON.stringify(asFields(spec)['syncPolicy'])
    if (syncs !== JSON.stringify(heals)) wrong.push(`Argo CD was left with ${syncs}`)
  }
  if (syncedBy === 'flux') {
    const { annotations } = cluster.get(kind, namespace, name)?.metadata ?? {}
    if (isLeftAlone(annotations)) wrong.push('Flux was left paused')
  }
  return wrong
}
