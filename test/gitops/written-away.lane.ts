import { afterEach, describe, expect, test } from 'vitest'
import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { carriedOut } from '../executors/kubernetes/gitops-world.ts'
import { stringify } from 'yaml'
import { applicationSet } from './application-set.ts'
import { anApplication, applicationSpec, aRepository, heals } from './argo-bringer.ts'
import { bad, good, onceLooked } from './bringer.ts'
import { freshBroughtWorlds, until } from './world.ts'

const { byArgoCd } = freshBroughtWorlds()
type World = Awaited<ReturnType<typeof byArgoCd>>
const syncs = async (w: World) => Boolean((await w.by.look()).spec.syncPolicy?.automated)
const pathOf = ({ namespace }: Pick<TestedCluster, 'namespace'>, plural: string) =>
  `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/${plural}`
const merge = 'application/merge-patch+json'

/** As a rollback would, if it knew nothing of who writes the Application. */
async function pausedBlindly(w: World): Promise<void> {
  await w.by.patch({ spec: { syncPolicy: { automated: null } } })
  await w.cluster.setImage('Deployment', 'checkout', good)
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('an ApplicationSet', () => {
  const ignoring = (what: object) => ({ ignoreApplicationDifferences: [what], syncPolicy: null })
  const letting = (applicationsSync: string) => ({
    ignoreApplicationDifferences: null,
    syncPolicy: { applicationsSync },
  })
  const ways = {
    'a pointer to its sync policy': ignoring({ jsonPointers: ['/spec/syncPolicy'] }),
    'a pointer to automated': ignoring({ jsonPointers: ['/spec/syncPolicy/automated'] }),
    'a path to its sync policy': ignoring({ jqPathExpressions: ['.spec.syncPolicy'] }),
    'a path to automated': ignoring({ jqPathExpressions: ['.spec.syncPolicy.automated'] }),
    'create-only': letting('create-only'),
    'create-delete': letting('create-delete'),
  }
  const none = { ignoreApplicationDifferences: null, syncPolicy: null }

  async function made(first: object) {
    const set = applicationSet(first)
    closing.push(() => set.close())
    return { w: await byArgoCd({ made: set.made }), looksAgain: set.looksAgain }
  }

  test('switches the sync of its Application on again, which takes a rollback back: it is refused', async () => {
    const { w } = await made({})

    expect((await w.observe()).blockers).toMatchObject([
      {
        kind: 'unsupported',
        why: expect.stringContaining('the ApplicationSet shops writes the Application'),
      },
    ])
    await pausedBlindly(w)
    await until(() => syncs(w))
    await onceLooked(w.by, async () => (await w.image()) === bad)
  })

  test('leaves the pause as it is by each way in which it lets others switch a sync, and by no other', async () => {
    const { w, looksAgain } = await made(ways['a pointer to its sync policy'])
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)

    const found: Record<string, string | undefined> = {}
    for (const [name, way] of Object.entries({ ...ways, none })) {
      await looksAgain(way)
      found[name] = (await syncs(w)) ? 'syncs again' : (await w.sync())[0]?.result
    }

    expect(found).toEqual({
      ...Object.fromEntries(Object.keys(ways).map((name) => [name, 'passed'])),
      none: 'syncs again',
    })
  })
})

describe('an Application of Applications', () => {
  async function made(syncPolicy: object): Promise<World> {
    const repository = await aRepository()
    closing.push(() => repository.close())
    return byArgoCd({
      async made(cluster, spec) {
        const { namespace } = cluster
        const child = anApplication('shop', spec)
        await repository.commit({
          'shop.yaml': stringify({ ...child, metadata: { ...child.metadata, namespace } }),
        })
        const parent = anApplication('apps', applicationSpec(repository.url, namespace, syncPolicy))
        const path = pathOf(cluster, 'applications')
        await cluster.must('POST', path, parent)
        closing.push(() => cluster.backend.ask('DELETE', `${path}/apps`))
        const sync = { operation: { sync: {}, initiatedBy: { username: 'somebody' } } }
        if (!('automated' in syncPolicy)) await cluster.must('PATCH', `${path}/apps`, sync, merge)
      },
    })
  }

  test('that heals switches the sync on again, which takes a rollback back: it is refused', async () => {
    const w = await made(heals)

    expect((await w.observe()).blockers).toMatchObject([
      { why: expect.stringContaining('the Application apps writes this one') },
    ])
    await pausedBlindly(w)
    await until(() => syncs(w))
    await onceLooked(w.by, async () => (await w.image()) === bad)
  })

  test('that syncs only when somebody asks leaves the pause as it is', async () => {
    const w = await made({})
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)
    await w.by.looks()

    expect(steps).toHaveLength(2)
    expect(await syncs(w)).toBe(false)
    expect(await w.image()).toBe(good)
  })
})
