import { afterEach, describe, expect, test } from 'vitest'
import { NeedsPerson, NotAllowed } from '#ports/executor.ts'
import { aWorld } from '../executors/flag/world.ts'

const signal = () => AbortSignal.timeout(10_000)
const place = { project: 'default', key: 'new-checkout', environment: 'production' }

const open: { close(): Promise<void> }[] = []
const world = async (...given: Parameters<typeof aWorld>) => {
  const made = await aWorld(...given)
  open.push(made.pretend)
  return made
}
type World = Awaited<ReturnType<typeof aWorld>>
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

describe('Unleash', () => {
  test('is given the token as it is, without the word Bearer', async () => {
    const { executor, target, pretend } = await world('unleash')

    await executor.apply((await routed({ executor, target })).change, 'rb_1.0', signal())

    expect(new Set(pretend.seen.map(({ headers }) => headers.authorization))).toEqual(
      new Set([pretend.token]),
    )
  })

  test('says since when a flag has been on by its own events, and not by those of another environment', async () => {
    const { provider, pretend, own } = await world('unleash', { isOn: false })
    const elsewhere = pretend.store.add({ key: own.key, environment: 'staging', isOn: false })
    pretend.store.set(own, true)
    const { switchedAt } = own
    await new Promise((resolve) => setTimeout(resolve, 5))
    pretend.store.set(elsewhere, true)

    const seen = await provider.read(place, signal())

    expect(seen?.since).toEqual({ at: switchedAt.getTime() * 1_000, what: 'switched on' })
  })

  test('may keep its events from the token: then nobody says since when, and the flag can be switched', async () => {
    const { provider, pretend } = await world('unleash')
    pretend.faults.add({ path: '/search/events', status: 403 })

    expect(await provider.read(place, signal())).toMatchObject({ isOn: true, since: undefined })
  })

  test('gives a flag without strategies to everybody when it is switched on again: an undo that did so says it', async () => {
    const { executor, fresh, target, own } = await world('unleash', { rules: [] })
    const { change, undo } = await routed({ executor, target })
    await executor.apply(change, 'rb_1.0', signal())

    const undone = executor.apply(undo, 'rb_1.0.undo', signal())
    await expect(undone).rejects.toThrow(NeedsPerson)
    await expect(undone).rejects.toThrow(
      'is not as it was before: it is on for everybody now; look at it in Unleash (shop)',
    )
    // Nor does another process, which cannot know that it was us, say that somebody else did it.
    const again = fresh().apply(undo, 'rb_1.0.undo', signal())
    await expect(again).rejects.toThrow('is not as it was before: it is on for everybody now')
    await expect(again).rejects.toThrow('whether somebody or the undo did that cannot be told')
    expect(own.rules).toHaveLength(1)
  })

  test('gives it to everybody although its answer is lost: that is said just the same', async () => {
    const { executor, target, pretend } = await world('unleash', { rules: [] })
    const { change, undo } = await routed({ executor, target })
    await executor.apply(change, 'rb_1.0', signal())
    pretend.faults.add({ method: 'POST', cut: 'after', times: 1 })

    await expect(executor.apply(undo, 'rb_1.0.undo', signal())).rejects.toThrow(NeedsPerson)
  })
})

describe('LaunchDarkly', () => {
  test('is sent a semantic patch, as which it takes no other type of content', async () => {
    const { executor, target, pretend } = await world('launchDarkly')

    await executor.apply((await routed({ executor, target })).change, 'rb_1.0', signal())

    const sent = pretend.seen.filter(({ method }) => method === 'PATCH')
    expect(sent.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
      [
        'application/json; domain-model=launchdarkly.semanticpatch',
        {
          environmentKey: 'production',
          comment: 'Countermand rb_1.0',
          instructions: [{ kind: 'turnFlagOff' }],
        },
      ],
    ])
  })

  test('does not keep a flag on because somebody has scheduled a change of it', async () => {
    const { executor, target, own } = await world('launchDarkly', { pending: 'scheduled' })

    await executor.apply((await routed({ executor, target })).change, 'rb_1.0', signal())

    expect(own.isOn).toBe(false)
  })

  test('says that an approval is needed there, and is not asked again', async () => {
    const { executor, target, pretend } = await world('launchDarkly', { pending: 'approval' })
    const { change } = await routed({ executor, target })

    await expect(executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(
      'not allowed to switch flag new-checkout in production: LaunchDarkly (shop) wants this change approved there first (Approval is required to make this request)',
    )
    expect(pretend.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(1)
  })

  test('serves the off variation when a flag is off: where that is what is to end, there is no way', async () => {
    const blockers = await blockersOf(await world('launchDarkly', { offServes: true }))

    expect(blockers).toEqual([
      'to switch new-checkout off would not end it: its off variation serves Available as well',
    ])
  })
})

describe('Flagsmith', () => {
  test('lets segments keep a flag on that is off by default: then there is no way', async () => {
    const overrides = [
      { id: 7, isOn: true },
      { id: 8, isOn: false },
    ]
    const blockers = await blockersOf(await world('flagsmith', { overrides }))

    expect(blockers).toEqual([
      'to switch new-checkout off would not end it: 1 override of a segment or an identity has it on',
    ])
  })

  test('counts a flag as on while a segment has it, after it was switched off', async () => {
    const { executor, target, own } = await world('flagsmith', { isOn: false })
    own.overrides = [{ id: 7, isOn: true }]
    const observed = await executor.observe(target, signal())

    const checks = await executor.verify(target, { id: observed.running.id, images: [] }, signal())

    expect(checks).toMatchObject([{ id: 'serving', result: 'failed' }])
  })

  test('shows overrides in pages: one on the last of them keeps a flag on just as well', async () => {
    const overrides = Array.from({ length: 25 }, (_, id) => ({ id: id + 1, isOn: id === 24 }))
    const made = await world('flagsmith', { overrides })

    expect(await blockersOf(made)).toEqual([
      'to switch new-checkout off would not end it: 1 override of a segment or an identity has it on',
    ])
    // Where it says the next page is, is not where it can be reached.
    expect(new Set(made.pretend.seen.map(({ headers }) => headers.host))).toEqual(
      new Set([new URL(made.pretend.url).host]),
    )
  })

  test('does not name the flag of a state: an answer with those of several is not taken for its own', async () => {
    const { provider, pretend, own } = await world('flagsmith')
    pretend.store.add({ key: 'new-search', isOn: false })

    await expect(provider.read({ ...place, key: '' }, signal())).rejects.toThrow(
      'answered with other flags than flag',
    )
    expect(await provider.read(place, signal())).toMatchObject({ isOn: own.isOn })
  })

  test('publishes versions in some environments: what it would not take is not sent', async () => {
    const { executor, target, pretend } = await world('flagsmith', { pending: 'scheduled' })
    const { change } = await routed({ executor, target })

    await expect(executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(NotAllowed)
    expect(pretend.seen.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

describe('Flipt', () => {
  test('is sent the word false, and all else of the flag as it was', async () => {
    const { executor, target, pretend, own } = await world('flipt')
    const { change } = await routed({ executor, target })

    await executor.apply(change, 'rb_1.0', signal())

    const [sent] = pretend.seen.filter(({ method }) => method === 'PUT')
    expect(sent?.body).toMatchObject({ payload: { enabled: false, name: 'new-checkout' } })
    expect(own).toMatchObject({ isOn: false, rules: [{ share: 25 }] })
  })

  test('is not overwritten with what was read before somebody else changed it', async () => {
    const { executor, target, pretend, own } = await world('flipt')
    const { change } = await routed({ executor, target })
    pretend.faults.add({ method: 'PUT', status: 409 })
    pretend.store.setRules(own, [{ id: 'rule-1', share: 60 }])

    await expect(executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(
      'flag new-checkout in production was changed meanwhile',
    )
    expect(own).toMatchObject({ isOn: true, rules: [{ share: 60 }] })
  })

  test('is written again at the newer revision when only another flag was changed', async () => {
    const { executor, target, pretend, own } = await world('flipt')
    const other = pretend.store.add({ key: 'new-search' })
    const { change } = await routed({ executor, target })
    pretend.store.set(other, false)

    await executor.apply(change, 'rb_1.0', signal())

    expect(own.isOn).toBe(false)
  })

  test('answers true by a rollout although a boolean flag is off: then there is no way', async () => {
    const blockers = await blockersOf(await world('flipt', { overrides: [{ id: 0, isOn: true }] }))

    expect(blockers).toEqual([
      'to switch new-checkout off would not end it: a rollout says true whatever it is set to',
    ])
  })
})

test('a server of one’s own is told which state was read, and refuses another', async () => {
  const { provider, pretend, own } = await world('http')
  const seen = await provider.read(place, signal())
  if (!seen) throw new Error('the flag is not there')
  pretend.store.setRules(own, [{ id: 'rule-1', share: 60 }])

  await expect(provider.set(place, { isOn: false, seen, why: 'errors' }, signal())).rejects.toThrow(
    'somebody changes it just now',
  )
  expect(own.isOn).toBe(true)
})

test('who has a flag is kept in no plan: its rules may name people', async () => {
  const { executor, target } = await world('unleash', {
    rules: [{ id: 'jane.doe@shop.example', share: 25 }],
  })
  const observed = await executor.observe(target, signal())
  const [off] = observed.history

  const route = await executor.route(
    target,
    observed,
    off?.id ?? observed.running.id,
    'r',
    signal(),
  )
  const evidence = await executor.evidence(target, observed.running.id, signal())

  expect(route.steps).toHaveLength(1)
  expect(JSON.stringify([observed, route, evidence])).not.toContain('jane.doe')
})

async function routed({ executor, target }: Pick<World, 'executor' | 'target'>) {
  const observed = await executor.observe(target, signal())
  const [off] = observed.history
  if (!off) throw new Error('it is off already')
  const { steps } = await executor.route(target, observed, off.id, 'rb_1', signal())
  const [step] = steps
  if (!step) throw new Error('there is no way')
  return step
}

async function blockersOf({ executor, target }: World): Promise<readonly string[]> {
  const observed = await executor.observe(target, signal())
  const [off] = observed.history
  const to = off?.id ?? observed.running.id
  const { blockers } = await executor.route(target, observed, to, 'rb_1', signal())
  return blockers.map((one) => (one.kind === 'unsupported' ? one.why : one.kind))
}
