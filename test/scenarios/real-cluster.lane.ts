import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { fromDate } from '#domain/time.ts'
import type { Deployment } from '#sandbox/cluster/objects.ts'
import { pathOf, podsEach, type WorkloadKind } from '../clusters/backend.ts'
import { type TestedCluster, testedCluster } from '../clusters/tested-cluster.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
let cluster: TestedCluster
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

test('approved, a rollback brings every pod of a real Deployment back', async () => {
  await open('Deployment', 'checkout', ['shop/checkout:2.1.9', 'shop/checkout:2.2.1'])
  await play.ships('checkout')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.0')
  await play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"')
  await play.begins('onCall', 'Approve', play.card(), /.*/)
  await play.completed()
  // The pretend metrics measure the pretend cluster: it follows the real one.
  play.world.cluster.setImage('Deployment', 'production', 'checkout', 'shop/checkout:2.2.1')
  await play.rolledOut('checkout')
  // One by one: the verifier measures from when it began, and that may be a moment after the card says that all is executed.
  for (let minute = 0; minute < 6; minute += 1) await play.passes(1)

  expect(await running('checkout')).toEqual(['shop/checkout:2.2.1'])
  expect(play.screenplay()).toMatch(/ recovered: ✓/)
})

test('what somebody deploys to a real cluster between the plan and the approval is left alone', async () => {
  await open('Deployment', 'checkout', ['shop/checkout:2.1.9', 'shop/checkout:2.2.1'])
  await play.ships('checkout')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.0')
  await play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.1')
  await play.presses('onCall', 'Approve', play.card())

  expect(await running('checkout')).toEqual(['shop/checkout:2.3.1'])
  expect(changes()).toEqual([])
})

test('approved, a rollback frees a real StatefulSet from the pod that never starts', async () => {
  await open('StatefulSet', 'catalog-db', ['shop/catalog-db:14.9', 'shop/catalog-db:14.10'])
  cluster.behave('shop/catalog-db:15.0', { start: { kind: 'image-missing' } })
  await cluster.setImage('StatefulSet', 'catalog-db', 'shop/catalog-db:15.0')
  await until(async () => (await running('catalog-db')).includes('shop/catalog-db:15.0'))
  await play.types('onCall', '/rollback catalog-db --to v14.10 --reason "search is down"')
  await play.begins('onCall', 'Approve', play.card(), /.*/)
  await play.completed()

  expect(await running('catalog-db')).toEqual(['shop/catalog-db:14.10'])
  expect(cluster.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
})

test('what cannot be taken back on a real cluster is stuck, and left as it is until a person looks', async () => {
  await open('Deployment', 'checkout', ['shop/checkout:2.1.9', 'shop/checkout:2.2.1'])
  await play.ships('checkout')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.0')
  await play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"')
  await play.begins('onCall', 'Approve', play.card(), /.*/)
  await play.completed()
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.1')
  const before = changes().length
  await play.answers('onCall', 'Undo this rollback…', play.card(), {
    reason: 'orders need the new tax table',
  })

  await expect
    .poll(cardText)
    .toMatch(/checkout is stuck between v2\.3\.0 and v2\.2\.1.*somebody changed it/s)
  expect(await running('checkout')).toEqual(['shop/checkout:2.3.1'])
  // What was tried is what the cluster refused.
  expect(
    changes()
      .slice(before)
      .filter(({ status }) => status < 300),
  ).toEqual([])
})

test('a step that fails on a real cluster waits for a person, and what was done is taken back', async () => {
  await open('Deployment', 'checkout', ['shop/checkout:2.1.9', 'shop/checkout:2.2.1'])
  await play.ships('checkout')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.0')
  // Seconds of the controllers' own time, which nobody can move forward.
  await cluster.must(
    'PATCH',
    pathOf('Deployment', cluster.namespace, 'checkout'),
    { spec: { progressDeadlineSeconds: 5 } },
    'application/merge-patch+json',
  )
  await until(async () => isNoticed(await cluster.get('Deployment', 'checkout')))
  await play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"')
  cluster.behave('shop/checkout:2.2.1', { start: { kind: 'image-missing' } })
  await Promise.all([
    play.begins('onCall', 'Approve', play.card(), /stopped/),
    deadlineCounts('shop/checkout:2.2.1'),
  ])
  await play.answers('teamLead', 'Undo this rollback…', play.card(), { reason: 'v2.3.0 serves' })
  await until(async () => (await running('checkout')).join() === 'shop/checkout:2.3.0')

  await expect.poll(cardText).toMatch(/is back on v2\.3\.0|was taken back/)
})

test('a real cluster refuses deploys by others from the request on and the held version after that, and takes them again when the buttons are pressed', async () => {
  await open('Deployment', 'checkout', ['shop/checkout:2.1.9', 'shop/checkout:2.2.1'], {
    isFreezing: true,
  })
  await play.ships('checkout')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.0')

  await untilDeploysAre('refused', next, () =>
    play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"'),
  )
  await expect.poll(cardText).toMatch(/Deploys of checkout are frozen until (?:\w+ )*\d\d:\d\d UTC/)
  await expect(deploy()).rejects.toThrow(
    /Deploys of checkout are frozen until (?:\w+ )*\d\d:\d\d UTC/,
  )
  await play.begins('onCall', 'Approve', play.card(), /.*/)
  await play.completed()
  expect(await running('checkout')).toEqual(['shop/checkout:2.2.1'])
  await expect(deploy()).rejects.toThrow('Deploys of checkout are frozen')

  await untilDeploysAre('taken', next, () =>
    play.answers('onCall', 'Lift freeze…', play.card(), { reason: 'the fix must go out' }),
  )
  await expect.poll(cardText).not.toContain('are frozen')
  await ship('Deployment', 'checkout', 'shop/checkout:2.3.1')
  expect(await running('checkout')).toEqual(['shop/checkout:2.3.1'])

  const held = 'shop/checkout:2.3.0'
  await expect(deploy(held)).rejects.toThrow(
    /v2\.3\.0 of checkout is held by Countermand, since the on-call engineer approved/,
  )
  await untilDeploysAre('taken', held, () =>
    play.answers('onCall', 'Lift hold…', play.card(), { reason: 'the cause was elsewhere' }),
  )
  await expect.poll(cardText).not.toContain('Lift hold')
})

const next = 'shop/checkout:2.3.1'

/** The whole product on a real cluster that runs one service of the shop. Its versions are too young to be known as good: people name one. */
async function open(
  kind: WorkloadKind,
  name: string,
  images: readonly string[],
  { isFreezing = false } = {},
): Promise<void> {
  cluster = await testedCluster()
  closing.push(() => cluster.close())
  const folder = await mkdtemp(join(tmpdir(), 'countermand-lane-'))
  closing.push(() => rm(folder, { recursive: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const labels = { app: name }
  await cluster.createWithPast(
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, labels },
      spec: {
        replicas: podsEach,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { ...cluster.placement, containers: [{ name: 'app', image: images[0] }] },
        },
      },
    },
    images,
  )
  if (isFreezing) await freezable()
  play = await stage({
    stoppedAt: fromDate(new Date()),
    configured: (yaml) =>
      yaml
        .replace(
          /prod: \{.*\}/,
          `prod: { kubeconfig: ${JSON.stringify(kubeconfig)}, freeze: ${isFreezing} }`,
        )
        .replaceAll('namespace: production', `namespace: ${cluster.namespace}`),
  })
  closing.push(() => play.close({ isElsewhere: true }))
}

/** As `deploy/freeze.yaml` asks for it in each namespace. */
async function freezable(): Promise<void> {
  await cluster.must(
    'PATCH',
    `/api/v1/namespaces/${cluster.namespace}`,
    { metadata: { labels: { 'countermand.dev/freeze': 'on' } } },
    'application/merge-patch+json',
  )
  await cluster.create({ kind: 'ConfigMap', metadata: { name: 'countermand-freeze' } })
}

const deploy = (image = next) => cluster.setImage('Deployment', 'checkout', image)

/** Does the deed, until the cluster answers somebody's deploy so. How soon that is, `bench freeze` measures. */
async function untilDeploysAre(
  wanted: 'refused' | 'taken',
  image: string,
  deed: () => Promise<unknown>,
): Promise<void> {
  await Promise.all([deed(), until(async () => (await answerToDeploy(image)) === wanted)])
}

/** Without deploying anything. */
async function answerToDeploy(image: string): Promise<'refused' | 'taken'> {
  const { status } = await cluster.backend.ask(
    'PATCH',
    `${pathOf('Deployment', cluster.namespace, 'checkout')}?dryRun=All`,
    {
      spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
    },
    'application/strategic-merge-patch+json',
  )
  return status === 403 ? 'refused' : 'taken'
}

async function ship(kind: WorkloadKind, name: string, image: string): Promise<void> {
  await cluster.setImage(kind, name, image)
  await until(async () => {
    const pods = await cluster.pods()
    return pods.length === podsEach && (await running(name)).join() === image
  })
}

const isNoticed = (deployment?: Deployment): boolean =>
  deployment?.status.observedGeneration === deployment?.metadata.generation

/**
 * A controller that comes to write two steps of a rollout as one goes on calling it finished, and then never counts its deadline:
 * another pod in the place of the first has it look again.
 */
async function deadlineCounts(image: string): Promise<void> {
  await until(async () => {
    const deployment = await cluster.get('Deployment', 'checkout')
    const [container] = deployment?.spec.template.spec.containers ?? []
    if (container?.image !== image || !isNoticed(deployment)) return false
    const { conditions = [], updatedReplicas = 0 } = deployment?.status ?? {}
    const { reason } = conditions.find(({ type }) => type === 'Progressing') ?? {}
    if (reason !== 'NewReplicaSetAvailable') return true
    const pods = await cluster.pods()
    const pod = pods.find(({ spec }) => spec.containers[0]?.image === image)
    if (updatedReplicas > 0 && pod)
      await cluster.backend.ask('DELETE', pathOf('Pod', cluster.namespace, pod.metadata.name))
    return false
  })
}

/** The images of the pods there are, each once. */
async function running(name: string): Promise<readonly string[]> {
  const pods = (await cluster.pods()).filter(({ metadata }) => metadata.labels?.['app'] === name)
  return [...new Set(pods.map(({ spec }) => spec.containers[0]?.image ?? ''))]
}

const cardText = () => play.world.slack.words(play.card().message)

/** What the product wrote to the cluster. */
const changes = () =>
  cluster.requests.filter(
    ({ method, query }) => (method === 'PATCH' || method === 'DELETE') && !query.includes('dryRun'),
  )

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(20_000)
  while (!(await isTrue())) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
