import type { Cluster } from '#sandbox/cluster/index.ts'
import type { Deployment, Fields } from '#sandbox/cluster/objects.ts'
import type { Shipment } from '#sandbox/cluster/ship.ts'
import { namespace, service, workload } from './manifests.ts'

/** Of two Deployments behind its Service one serves, and the next version is shipped into the other one. */
export const shopColours = { service: 'vouchers', blue: 'vouchers-blue', green: 'vouchers-green' }

const replicas = 3

/** Green serves; blue had its turn before, and has no pods any more. */
export function createColours(cluster: Cluster, at: (daysAgo: number) => Date): void {
  const version = (tag: string, daysAgo: number) => ({
    image: `shop/${shopColours.service}:${tag}`,
    at: at(daysAgo),
    by: 'deploy-pipeline',
    changeCause: `${shopColours.service} ${tag} by deploy-pipeline`,
  })
  cluster.createWithPast(colour('blue', 0), [version('1.4.2', 30)])
  cluster.createWithPast(colour('green', replicas), [version('1.5.0', 9)])
  const { spec, ...own } = service(shopColours.service)
  const selector = { app: shopColours.service, colour: 'green' }
  cluster.create({ ...own, spec: { ...Object(spec), selector } }, at(90))
}

function colour(name: 'blue' | 'green', pods: number): Fields {
  const labels = { app: shopColours.service, colour: name }
  const { metadata, spec, ...own } = workload('Deployment', shopColours.service, {
    replicas: pods,
    selector: { matchLabels: labels },
  })
  const template = {
    ...spec.template,
    metadata: { labels: { ...spec.template.metadata.labels, ...labels } },
  }
  const labelled = {
    ...metadata,
    name: shopColours[name],
    labels: { ...metadata.labels, ...labels },
  }
  return { ...own, metadata: labelled, spec: { ...spec, template } }
}

/** The Deployment that the Service selects; `undefined` for a service that has one only. */
export function servingColour(cluster: Cluster, name: string): Deployment | undefined {
  if (name !== shopColours.service) return undefined
  return cluster.get('Deployment', namespace, shopColours[selectedColour(cluster)])
}

const selectedColour = (cluster: Cluster) =>
  cluster.get('Service', namespace, shopColours.service)?.spec.selector?.['colour'] === 'blue'
    ? 'blue'
    : 'green'

/** Into the colour that waits, one pod of it; the Service goes on selecting the other one. */
export function shipToWait(cluster: Cluster, image: string, shipment: Shipment): void {
  const next = selectedColour(cluster) === 'blue' ? 'green' : 'blue'
  cluster.setImage('Deployment', namespace, shopColours[next], image, { ...shipment, replicas: 1 })
}

/** Into the colour that waits; once all of its pods are ready, the pipeline has the Service select them. */
export function shipByColours(cluster: Cluster, image: string, shipment: Shipment): void {
  const next = selectedColour(cluster) === 'blue' ? 'green' : 'blue'
  const name = shopColours[next]
  cluster.setImage('Deployment', namespace, name, image, { ...shipment, replicas })
  const stop = cluster.onChange(() => {
    const { metadata, spec, status } = cluster.get('Deployment', namespace, name) ?? {}
    // Somebody has shipped another one meanwhile, or it was taken back.
    if (spec?.template.spec.containers[0]?.image !== image) return stop()
    const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas]
    if (status?.observedGeneration !== metadata?.generation) return undefined
    if (!counts.every((count) => count === replicas)) return undefined
    stop()
    return cluster.select(namespace, shopColours.service, {
      app: shopColours.service,
      colour: next,
    })
  })
}
