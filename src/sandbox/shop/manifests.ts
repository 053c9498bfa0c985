import type { Fields } from '#sandbox/cluster/objects.ts'

export const namespace = 'production'

/** As whoever runs the shop writes it; the image comes with a version. */
export function workload(kind: string, name: string, spec: Fields, apiVersion = 'apps/v1') {
  const labels = { app: name, 'app.kubernetes.io/part-of': 'shop' }
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: { app: name } },
      ...spec,
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'app',
              image: `shop/${name}:0`,
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [
                { name: 'LOG_LEVEL', value: 'info' },
                {
                  name: 'DATABASE_URL',
                  valueFrom: { secretKeyRef: { name: `${name}-database`, key: 'url' } },
                },
              ],
              resources: {
                requests: { cpu: '100m', memory: '128Mi' },
                limits: { memory: '256Mi' },
              },
              readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 5 },
            },
          ],
        },
      },
    },
  }
}

export interface Running {
  readonly manifest: ReturnType<typeof workload>
  /** Oldest first. */
  readonly versions: readonly (readonly [tag: string, daysAgo: number, by: string])[]
  /** Of Flagger, where it rolls the versions out. */
  readonly canary?: Fields
}

export const service = (name: string): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels: { app: name } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
})
