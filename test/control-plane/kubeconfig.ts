/** What a client needs to reach a cluster, as the file that every Kubernetes client reads. */
export function kubeconfig({
  url,
  ca,
  token,
  namespace = 'default',
}: {
  readonly url: string
  readonly ca?: string
  readonly token: string
  readonly namespace?: string
}): string {
  const cluster = {
    server: url,
    ...(ca ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') } : {}),
  }
  // JSON is YAML, too.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'tested', cluster }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'tested', context: { cluster: 'tested', user: 'user', namespace } }],
    'current-context': 'tested',
  })
}
