import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtBinaries, type Say } from './binaries.ts'
import { writeFirstVersion } from './first-version.ts'
import { kubeconfig } from './kubeconfig.ts'
import { memoryOf, processesOf, reap } from './processes.ts'

const readyWithinMs = 30_000

/** What a workload's rollout needs, and no more: each controller costs memory. */
const controllers = [
  'daemonset',
  'deployment',
  'endpointslice',
  'garbage-collector',
  'horizontal-pod-autoscaler',
  'namespace',
  'replicaset',
  'root-ca-certificate-publisher',
  'serviceaccount',
  'statefulset',
  'validatingadmissionpolicy-status',
]

export type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>

/**
 * etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback with RBAC, in a folder of their own that is
 * gone after `stop`. There are no nodes: see `nodes.ts`. Throws one sentence when Go or etcd is missing.
 */
export async function startControlPlane(say: Say = () => undefined) {
  const binaries = await builtBinaries(say)
  mkdirSync(runs(), { recursive: true, mode: 0o700 })
  await reap(runs())
  const began = performance.now()
  const folder = mkdtempSync(join(runs(), 'run-'))
  const processes = processesOf(folder)
  const stop = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [port, peerPort] = await Promise.all([freePort(), freePort()])
    const tokens = writeCredentials(folder)
    // A socket in the folder; its name must look like an address.
    const etcd = 'unix://etcd:1'
    const store = await processes.start(
      'etcd',
      'etcd',
      [
        '--data-dir=etcd',
        // Nothing here outlives the run.
        '--unsafe-no-fsync',
        // It keeps as many changes in memory; the default is a hundred thousand.
        '--snapshot-count=5000',
        `--listen-client-urls=${etcd}`,
        `--advertise-client-urls=${etcd}`,
        `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
        '--log-level=warn',
      ],
      { missing: missingEtcd, ...limited(120) },
    )
    await writeFirstVersion(join(folder, 'etcd:1'), store)
    const apiserver = await processes.start(
      'apiserver',
      join(binaries, 'kube-apiserver'),
      [
        `--etcd-servers=${etcd}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${port}`,
        '--cert-dir=certificates',
        '--token-auth-file=tokens.csv',
        '--authorization-mode=RBAC',
        '--service-account-issuer=https://kubernetes.default.svc',
        '--service-account-signing-key-file=accounts.key',
        '--service-account-key-file=accounts.key',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--kubelet-preferred-address-types=InternalIP',
        '--endpoint-reconciler-type=none',
        '--allow-privileged=true',
        '--profiling=false',
      ],
      limited(450),
    )
    const url = `https://127.0.0.1:${port}`
    await ready(folder, url, tokens.admin, apiserver)
    const ca = readFileSync(join(folder, 'certificates', 'apiserver.crt'), 'utf8')
    const configFor = (name: string, token: string): string => {
      const path = join(folder, `${name}.kubeconfig`)
      writeFileSync(path, kubeconfig({ url, ca, token }), { mode: 0o600 })
      return path
    }
    // Without elections, and as fast as on a cluster that has the machine to itself.
    const shared = ['--leader-elect=false', '--kube-api-qps=500', '--kube-api-burst=1000']
    const manager = await processes.start(
      'manager',
      join(binaries, 'kube-controller-manager'),
      [
        `--kubeconfig=${configFor('manager', tokens.manager)}`,
        `--controllers=${controllers.map((name) => `${name}-controller`).join(',')}`,
        '--use-service-account-credentials=true',
        '--service-account-private-key-file=accounts.key',
        '--root-ca-file=certificates/apiserver.crt',
        '--secure-port=0',
        ...shared,
      ],
      limited(200),
    )
    await processes.start(
      'scheduler',
      join(binaries, 'kube-scheduler'),
      [`--kubeconfig=${configFor('scheduler', tokens.scheduler)}`, '--secure-port=0', ...shared],
      limited(100),
    )
    return {
      url,
      ca,
      adminToken: tokens.admin,
      /** A path: may everything. */
      adminKubeconfig: configFor('admin', tokens.admin),
      kubectl: join(binaries, 'kubectl'),
      folder,
      readyAfterMs: Math.round(performance.now() - began),
      memoryBytes: () => memoryOf(folder),
      /** SIGSTOP and SIGCONT let the controllers lag: `observedGeneration` stays behind. */
      controllersPid: manager.pid,
      /** Another server of the same run, stopped with these. */
      startBeside: (
        name: string,
        program: string,
        args: readonly string[],
        env: Readonly<Record<string, string>> = {},
      ) => processes.start(name, program, args, { env: { ...limited(200).env, ...env } }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where the folders of running planes lie: one place per user, so that the next run finds what a killed one left. */
const runs = (): string => join(tmpdir(), `countermand-control-plane-${process.getuid?.() ?? 0}`)

const missingEtcd =
  'etcd is missing: install it with `apt-get install etcd-server` on Debian or `brew install etcd` on macOS.'

/** Go's collector seldom works below this much, and harder from here on instead of taking more. */
const limited = (mebibytes: number) => ({ env: { GOMEMLIMIT: `${mebibytes}MiB`, GOGC: '200' } })

function writeCredentials(folder: string) {
  const token = () => randomBytes(16).toString('hex')
  const tokens = { admin: token(), manager: token(), scheduler: token() }
  const rows = [
    `${tokens.admin},admin,admin,system:masters`,
    `${tokens.manager},system:kube-controller-manager,manager`,
    `${tokens.scheduler},system:kube-scheduler,scheduler`,
  ]
  writeFileSync(join(folder, 'tokens.csv'), rows.join('\n'), { mode: 0o600 })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(join(folder, 'accounts.key'), pem, { mode: 0o600 })
  return tokens
}

/** Until the API server says so itself; its certificate is the one it has just made. */
async function ready(
  folder: string,
  url: string,
  token: string,
  server: { hasEnded(): boolean; lastWords(): string },
): Promise<void> {
  const deadline = performance.now() + readyWithinMs
  while (performance.now() < deadline) {
    if (server.hasEnded()) throw new Error(`kube-apiserver ended:\n${server.lastWords()}`)
    if (await answersReady(folder, url, token)) return
    await sleep(50)
  }
  throw new Error(`kube-apiserver is not ready after ${readyWithinMs} ms:\n${server.lastWords()}`)
}

async function answersReady(folder: string, url: string, token: string): Promise<boolean> {
  let ca: string
  try {
    ca = readFileSync(join(folder, 'certificates', 'apiserver.crt'), 'utf8')
  } catch {
    return false
  }
  return new Promise((resolve) => {
    request(`${url}/readyz`, { ca, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
