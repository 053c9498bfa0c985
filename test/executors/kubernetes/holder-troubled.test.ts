import { afterEach, beforeEach, expect, test } from 'vitest'
import { aHoldWorld, denied, first, type HoldWorld, image } from './hold-world.ts'

/** Trouble on the way of a hold, which is the same on every cluster: played on the sandbox's alone. */
let h: HoldWorld
beforeEach(async () => {
  h = await aHoldWorld()
})
afterEach(() => h.w.close())

test.each([
  { method: 'POST', path: /podtemplates/, cut: 'after', times: 1 },
  { method: 'POST', path: /podtemplates/, status: 503, times: 2 },
  { method: 'PATCH', path: /dryRun/, cut: 'after', times: 2 },
  { method: 'PATCH', path: /dryRun/, status: 409, times: 2 },
] as const)('an answer that is lost or late does not matter: %o', async (fault) => {
  const given = await h.versions()
  h.w.cluster.faults.add(fault)
  await h.enforce(first, given)
  h.w.cluster.faults.clear()

  expect(await h.holds()).toHaveLength(1)
  await h.w.ship('2.2.1')
  expect(await h.deploy(image('shop/checkout:2.3.0'))).toMatchObject(denied)
})

test('what goes on being refused is not called released', async () => {
  await h.enforce()
  const message = "'countermand-hold' denied request: The hold acts."
  h.w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 403, message, times: 200 })

  await expect(h.release()).rejects.toThrow('goes on refusing the version')
  h.w.cluster.faults.clear()
  await expect(h.release()).resolves.toBeUndefined()
})
test('where it would stop a rollback back to the version', async () => {
  const message = "'countermand-hold' denied request: The hold acts on the-bot, too."
  h.w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 403, message, times: 1 })

  await expect(h.enforce()).rejects.toThrow(
    'the policy countermand-hold would stop Countermand itself: name the-bot in its variable mayPass',
  )
  expect(await h.holds()).toEqual([])
})
