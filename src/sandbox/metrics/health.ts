import type { FastifyInstance } from 'fastify'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { isSelected } from '#sandbox/cluster/selectors.ts'
import type { Elsewhere } from './history.ts'

/** Answers of the shop's services to health checks: `GET /<service>/health`, 200 or 503 by the state of their pods. */
export function serveHealth(
  app: FastifyInstance,
  cluster: Cluster,
  namespace: string,
  elsewhere?: Elsewhere,
): void {
  let turn = 0
  app.get<{ Params: { service: string } }>('/:service/health', async (request, reply) => {
    const { service } = request.params
    const other = elsewhere?.serving().get(service)
    if (!other && !cluster.get('Service', namespace, service))
      return reply.code(404).send({ status: 'unknown service' })
    const images = other
      ? [...other].flatMap(([image, count]) => Array.from({ length: count }, () => image))
      : servingImages(cluster, namespace, service)
    turn += 1
    const image = images[turn % Math.max(1, images.length)]
    if (image === undefined) return reply.code(503).send({ status: 'no healthy upstream' })
    const version = image.slice(image.lastIndexOf(':') + 1)
    return reply.header('x-version', version).send({ status: 'ok', version })
  })
}

/** One image per pod that takes traffic; the pods answer in turn. */
function servingImages(cluster: Cluster, namespace: string, service: string): string[] {
  const { selector = {} } = cluster.get('Service', namespace, service)?.spec ?? {}
  return cluster
    .pods(namespace)
    .filter(
      ({ metadata, status }) =>
        isSelected({ matchLabels: selector }, metadata.labels) &&
        metadata.deletionTimestamp === undefined &&
        status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    )
    .map(({ spec }) => spec.containers[0]?.image ?? '')
}
