import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fromDate } from '#domain/time.ts'
import { pausedAnnotation } from '#executors/kubernetes/gitops/owner-object.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { type TestedCluster, testedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'
import { type Stage, stage } from '../support/scenario.ts'
import { applicationSet } from './application-set.ts'
import { argoIn, heals } from './argo-bringer.ts'
import { type Artifacts, servedArtifacts } from './artifacts.ts'
import { bad, type Bringer, good, manifests, onceLooked, rolledOut } from './bringer.ts'
import { fluxIn } from './flux-bringer.ts'
import { helmIn } from './helm-bringer.ts'

let artifacts: Artifacts
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  artifacts = await servedArtifacts()
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(() => artifacts.close())

test('a sync of Argo CD that somebody lets go on too early takes the rollback back, and the incident is not closed as a success', async () => {
  const { play, image, untilCardSays } = await rolledBack((cluster) => argoIn(cluster))
  await play.answers('onCall', 'Resume sync…', play.card(), { reason: 'it is in Git, is it not' })
  await until(async () => (await image()) === bad)
  // Nothing but the cluster says so: what is measured stays well.
  await untilCardSays(/v2\.3\.0 is asked for again, by argocd-controller; Argo CD/)
  await play.passes(31)

  expect(play.screenplay()).not.toContain('incident closed by Countermand')
})

const ofFlux = {
  'a Kustomization': {
    brings: (cluster: TestedCluster): Promise<Bringer> => fluxIn(cluster, artifacts),
    by: 'kustomize-controller',
  },
  'a HelmRelease that corrects drift': {
    brings: (cluster: TestedCluster): Promise<Bringer> =>
      helmIn(cluster, artifacts, { correctsDrift: true }),
    by: 'helm-controller',
  },
}

test.for(Object.entries(ofFlux))(
  'a sync of Flux that somebody lets go on too early takes the rollback back, and the incident is not closed as a success: %s',
  async ([, { brings, by: writer }]) => {
    const { play, image, untilCardSays, by } = await rolledBack(brings)
    await play.answers('onCall', 'Resume sync…', play.card(), { reason: 'it is in Git, is it not' })
    await by.looks()
    await until(async () => (await image()) === bad)
    await untilCardSays(new RegExp(`v2\\.3\\.0 is asked for again, by ${writer}; Flux`))
    await play.passes(31)

    expect(play.screenplay()).not.toContain('incident closed by Countermand')
  },
)

test('when the time of a pause is over Argo CD stays paused while Git has the bad version, people are reminded, and it goes on by itself once Git has what runs', async () => {
  const { play, image, by, cluster } = await rolledBack((one) => argoIn(one))
  const syncs = async () => Boolean((await by.look()).spec.syncPolicy?.automated)
  // A comparison counts that is of a later second than the rollback.
  const now = Date.now()
  await onceLooked(by, async () => Date.parse((await by.look()).status?.reconciledAt ?? '') > now)
  await play.passes(245)
  const whileBad = [await syncs(), await image()]
  const reminded = play.screenplay()
  await by.commit(manifests(cluster, good))
  await until(async () => (await by.look()).status?.sync?.status === 'Synced')
  await play.passes(245)
  await until(syncs)
  await by.looks()

  expect(whileBad).toEqual([false, good])
  expect(reminded).toMatch(
    /the sync of checkout is still paused: Git has another version than runs \(OutOfSync\)/,
  )
  expect(await image()).toBe(good)
  expect(play.screenplay()).toContain('its time is over, and Git has what runs')
})

test('an ApplicationSet takes off who paused the sync, and it is let go on all the same, and keeps the rollback that is in Git', async () => {
  const ignored = { ignoreApplicationDifferences: [{ jsonPointers: ['/spec/syncPolicy'] }] }
  const set = applicationSet(ignored)
  const { play, image, by, cluster } = await rolledBack((one) =>
    argoIn(one, {
      made(into, shop) {
        closing.push(() => set.close())
        return set.made(into, shop)
      },
    }),
  )
  const seen = async () => {
    const { metadata, spec } = await by.look()
    const isNoted = pausedAnnotation in (metadata.annotations ?? {})
    return { isNoted, automated: spec.syncPolicy?.automated }
  }
  await set.looksAgain()
  const paused = await seen()
  await by.commit(manifests(cluster, good))
  await play.answers('onCall', 'Resume sync…', play.card(), { reason: 'it is in Git' })
  await until(async () => Boolean((await seen()).automated))
  await onceLooked(by, async () => (await by.look()).status?.sync?.status === 'Synced')

  expect(paused).toEqual({ isNoted: false, automated: undefined })
  expect(await seen()).toEqual({ isNoted: false, ...heals })
  expect(await image()).toBe(good)
})

test.for(Object.entries(ofFlux))(
  'when the time of a pause is over Flux stays paused, as it does not say what Git has, and people are reminded: %s',
  async ([, { brings }]) => {
    const { play, image, by } = await rolledBack(brings)
    await play.passes(245)
    await by.looks()

    expect(await image()).toBe(good)
    expect(play.screenplay()).toMatch(/the sync of checkout is still paused: Flux does not say/)
  },
)

/** The whole product on the real cluster: the bad version of checkout came from Git, and was rolled back on the button. */
async function rolledBack<By extends Bringer>(bringerIn: (cluster: TestedCluster) => Promise<By>) {
  const cluster = await testedCluster(['argo-cd', 'flux'])
  closing.push(() => cluster.close())
  await cluster.grant(['rbac', 'gitops'].flatMap((file) => deployedGrants(file as 'rbac')))
  const by = await bringerIn(cluster)
  closing.push(() => by.close())
  const folder = await mkdtemp(join(tmpdir(), 'countermand-lane-'))
  closing.push(() => rm(folder, { recursive: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const comes = async (image: string) => {
    await by.commit(manifests(cluster, image))
    await rolledOut(cluster, image)
  }
  await comes(good)
  const { namespace } = cluster
  const play: Stage = await stage({
    stoppedAt: fromDate(new Date()),
    configured: (yaml) =>
      yaml
        .replace(
          /prod: \{.*\}/,
          `prod: { kubeconfig: ${JSON.stringify(kubeconfig)}, argoCd: { namespace: ${namespace} } }`,
        )
        .replaceAll('namespace: production', `namespace: ${namespace}`),
  })
  closing.push(() => play.close({ isElsewhere: true }))
  await play.ships('checkout')
  await comes(bad)
  await play.types('onCall', '/rollback checkout --to v2.2.1 --reason "errors after deploy"')
  await play.begins('onCall', 'Approve', play.card(), /.*/)
  const card = () => play.world.slack.words(play.card().message)
  await expect.poll(card, { timeout: 60_000 }).toMatch(/is (back )?on v2\.2\.1/)
  // The pretend metrics measure the pretend cluster: it follows the real one.
  play.world.cluster.setImage('Deployment', 'production', 'checkout', good)
  await play.rolledOut('checkout')
  const image = async () =>
    (await cluster.get('Deployment', 'checkout'))?.spec.template.spec.containers[0]?.image
  /** Whoever looks next counts from its last look, and may just have begun: minute by minute, until the card says so. */
  async function untilCardSays(words: RegExp): Promise<void> {
    for (let minute = 0; minute < 12 && !words.test(card()); minute += 1) await play.passes(1)
    expect(card()).toMatch(words)
  }
  await untilCardSays(/checkout is back on v2\.2\.1 and recovering/)
  expect(await image()).toBe(good)
  return { play, by, cluster, image, untilCardSays }
}
