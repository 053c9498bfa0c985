import { join } from 'node:path'
import type { Say } from '../control-plane/binaries.ts'
import { builtFromModule } from '../control-plane/built-from-module.ts'
import { type Client, clientOf } from '../control-plane/client.ts'
import { defineKinds } from '../control-plane/define-kinds.ts'
import { type ControlPlane, freePort } from '../control-plane/plane.ts'
import { builtRedis } from './redis.ts'
import { argoCd } from './source.ts'
import { untilItAnswers } from './until-it-answers.ts'

const namespace = 'argocd'

/** Argo CD as far as it syncs: its controllers of Applications and ApplicationSets, and what reads Git for them. Applications may be in every namespace. */
export async function startArgoCd(plane: ControlPlane, say: Say): Promise<void> {
  const [{ program, crds }, redis] = [await builtFromModule(argoCd, say), await builtRedis()]
  const client = await clientOf(plane.adminKubeconfig)
  try {
    await defineKinds(client, crds)
    await configure(client)
  } finally {
    client.close()
  }
  const ports = await Promise.all(Array.from({ length: 9 }, freePort))
  const [cache, repo, repoMetrics, metrics, setMetrics, setProbe, setHook] = ports.map(
    (port) => `127.0.0.1:${port}`,
  )
  await plane.startBeside('redis', redis, [String(cache)])
  const portOf = (address = '') => address.split(':')[1] ?? ''
  const start = (name: string, args: readonly string[]) =>
    plane.startBeside(name, program, [...args, '--loglevel=warn'], {
      ARGOCD_BINARY_NAME: name,
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_TLS_DATA_PATH: join(plane.folder, 'tls'),
      ARGOCD_SSH_DATA_PATH: join(plane.folder, 'ssh'),
      KUBECONFIG: plane.adminKubeconfig,
      TMPDIR: plane.folder,
    })
  const reader = await start('argocd-repo-server', [
    '--address=127.0.0.1',
    `--port=${portOf(repo)}`,
    '--metrics-address=127.0.0.1',
    `--metrics-port=${portOf(repoMetrics)}`,
    `--redis=${cache}`,
    '--disable-tls',
    // How long it takes the last commit for the last one.
    '--revision-cache-expiration=1s',
  ])
  const at = [`--kubeconfig=${plane.adminKubeconfig}`, `--namespace=${namespace}`]
  const controller = await start('argocd-application-controller', [
    ...at,
    `--repo-server=${repo}`,
    '--repo-server-plaintext',
    `--redis=${cache}`,
    `--metrics-port=${portOf(metrics)}`,
    '--application-namespaces=*',
    // So often it asks Git by itself; what changes in the cluster it sees at once.
    '--app-resync=60',
  ])
  const sets = await start('argocd-applicationset-controller', [
    ...at,
    `--argocd-repo-server=${repo}`,
    '--repo-server-plaintext',
    `--metrics-addr=${setMetrics}`,
    `--probe-addr=${setProbe}`,
    `--webhook-addr=${setHook}`,
    '--applicationset-namespaces=*',
    '--enable-scm-providers=false',
  ])
  await untilItAnswers(`http://${repoMetrics}/metrics`, reader)
  await untilItAnswers(`http://${metrics}/healthz`, controller)
  await untilItAnswers(`http://${setMetrics}/metrics`, sets)
}

/** What its own manifests bring along, as far as these servers ask for it. */
async function configure(client: Client): Promise<void> {
  const labels = { 'app.kubernetes.io/part-of': 'argocd' }
  const core = `/api/v1/namespaces/${namespace}`
  await client.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  for (const name of ['argocd-cm', 'argocd-rbac-cm', 'argocd-tls-certs-cm', 'argocd-gpg-keys-cm'])
    await client.must('POST', `${core}/configmaps`, { metadata: { name, labels } })
  await client.must('POST', `${core}/secrets`, {
    metadata: { name: 'argocd-secret', labels },
    stringData: { 'server.secretkey': 'of nobody' },
  })
  const group = 'apis/argoproj.io/v1alpha1'
  await client.must('POST', `/${group}/namespaces/${namespace}/appprojects`, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default' },
    spec: {
      sourceRepos: ['*'],
      sourceNamespaces: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  })
}
