import { afterEach, expect, test } from 'vitest'
import { withCanaries } from '#sandbox/shop/config.ts'
import { shipCanary } from '#sandbox/shop/shipments.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const rollout = () => {
  const found = play.world.cluster.get('Rollout', 'production', 'search')
  if (!found) throw new Error('the shop has no search')
  return found
}
const image = () => rollout().spec.template.spec.containers[0]?.image

/** Somebody ships a version of search, which comes to its first stop. */
async function shipsSearch(kind?: Parameters<typeof shipCanary>[2]) {
  play = await stage({ configured: withCanaries, hasRollouts: true })
  const shipped = shipCanary(play.world.cluster, 'search', kind)
  await play.reaches(() => rollout().status?.phase === 'Paused')
  play.remarks(`the pipeline ships ${shipped}`)
  await play.types('onCall', '/promote search')
}
const press = (label: string) => play.presses('teamLead', label, play.lastIn('checkout', label))

test('where people play, a canary of Argo Rollouts goes to its end by its own stops', async () => {
  await shipsSearch()

  await play.passes(11)
  await press('Promote to 50 %')
  const half = rollout().status
  await play.passes(31)
  await press('Promote to full')

  expect(half).toMatchObject({ currentStepIndex: 3, phase: 'Paused' })
  expect(rollout().status).toMatchObject({ phase: 'Healthy' })
  expect(image()).toBe('shop/search:5.1.1')
})

test('where people play, a canary of Argo Rollouts that fails is taken away', async () => {
  await shipsSearch('errors')

  await play.passes(11)
  const missed = play.lastIn('checkout', 'Roll back canary…')
  await play.answers('teamLead', 'Roll back canary…', missed, {
    reason: 'every sixteenth search fails on it',
  })

  expect(play.world.slack.words(missed.message)).toContain('roll the canary back now')
  expect(image()).toBe('shop/search:5.1.0')
})

test('where people play, a canary of Argo Rollouts that somebody aborted is retried by an approval, and never by itself', async () => {
  await shipsSearch()
  await play.passes(11)
  await play.meanwhile('somebody aborts the rollout of search', async () => {
    const { cluster } = play.world
    const path = '/apis/argoproj.io/v1alpha1/namespaces/production/rollouts/search/status'
    await fetch(`${cluster.url}${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${cluster.adminToken}`,
        'content-type': 'application/merge-patch+json',
      },
      body: JSON.stringify({ status: { abort: true } }),
    })
    await play.reaches(() => rollout().status?.phase === 'Degraded')
  })
  await play.passes(1)
  const aborted = rollout().status
  await press('Promote to 20 %')
  const retried = rollout().status

  expect(aborted).toMatchObject({ abort: true, currentStepIndex: 0 })
  expect(retried).toMatchObject({ currentStepIndex: 1, phase: 'Paused' })
  expect(retried?.abort).not.toBe(true)
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/retried.txt')
})
