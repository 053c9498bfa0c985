import { describe, expect, test } from 'vitest'
import { type Progress, Superseded } from '#ports/executor.ts'
import { freshWorlds, signal } from './world.ts'

const world = freshWorlds()

describe('a planned failover', () => {
  test('opens the other region, moves the writes with every region named, and closes the first one last', async () => {
    const w = await world({
      regions: ['West Europe', 'North Europe', 'France Central'],
      enabled: ['West Europe'],
    })
    const { steps, warnings, how } = await w.route('northeurope')

    for (const step of steps) {
      await w.apply(step)
      expect((await w.follow(step)).at(-1)).toMatchObject({ kind: 'settled' })
    }

    expect(w.changesAsked()).toEqual([
      {
        asked: 'PATCH trafficmanagerprofiles/shop/AzureEndpoints/shop-northeurope',
        request: { properties: { endpointStatus: 'Enabled' } },
        status: 200,
      },
      {
        asked: 'POST databaseAccounts/shop/failoverPriorityChange',
        request: {
          failoverPolicies: [
            { locationName: 'northeurope', failoverPriority: 0 },
            { locationName: 'westeurope', failoverPriority: 1 },
            { locationName: 'francecentral', failoverPriority: 2 },
          ],
        },
        status: 202,
      },
      {
        asked: 'PATCH trafficmanagerprofiles/shop/AzureEndpoints/shop-westeurope',
        request: { properties: { endpointStatus: 'Disabled' } },
        status: 200,
      },
    ])
    expect(how).toContain('DNS answers live for 30 s')
    expect(how).toContain('all 3 regions of the Cosmos DB account shop are named')
    expect(JSON.stringify(warnings)).toContain('looks at no closed endpoint')
    expect((await w.verify('northeurope')).map(({ result }) => result)).toEqual([
      'passed',
      'passed',
      'passed',
    ])
  })

  test('is refused while the database does not answer in the region that is left', async () => {
    const w = await world()
    w.pretend.fail('West Europe', true)

    const { blockers, steps } = await w.route('northeurope')

    expect(steps).toEqual([])
    expect(JSON.stringify(blockers)).toContain('Azure does not do it in an outage')
  })

  test('is not begun when the region was lost after the plan', async () => {
    const w = await world()
    const { steps } = await w.route('northeurope')
    w.pretend.fail('West Europe', true)

    await expect(w.apply(steps[0])).rejects.toThrow(Superseded)

    expect(w.changesAsked()).toEqual([])
  })

  test('that Azure does not carry out says so, and has moved nothing', async () => {
    const w = await world({ changeMs: 60_000 })
    const { steps } = await w.route('northeurope')
    const [move] = steps
    w.pretend.faults.add({ path: '/operationsStatus/', status: 503, times: 1 })
    await w.apply(move)
    const { operation } = w.pretend.account
    w.pretend.account.operation = operation && {
      ...operation,
      endsAt: 0,
      why: 'West Europe went away',
    }

    expect((await w.follow(move)).at(-1)).toMatchObject({
      kind: 'failed',
      message:
        'the Cosmos DB account shop did not do it: ServiceUnavailable. West Europe went away',
    })

    expect(w.pretend.wanted().order).toEqual(['West Europe', 'North Europe'])
  })

  test('T106 is followed by another process while the database is at work', async () => {
    const w = await world({ changeMs: 60_000 })
    const { account } = w.pretend
    const { steps } = await w.route('northeurope')
    await w.apply(steps[0])

    const seen: Progress[] = []
    for await (const one of w.freshExecutor().progress(steps[0]?.change ?? null, signal())) {
      seen.push(one)
      if (account.operation) account.operation = { ...account.operation, endsAt: 0 }
    }

    expect(seen[0]).toMatchObject({ note: 'the Cosmos DB account shop is Updating' })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled' })
    expect(w.changesAsked()).toHaveLength(1)
  })
})

describe('a region that is lost', () => {
  test('is given up by a way of its own, which says what may be lost', async () => {
    const w = await world({ saysOffline: false })
    w.pretend.fail('West Europe', true)
    const { steps, warnings, mechanism } = await w.offline('northeurope')

    for (const step of steps) {
      await w.apply(step)
      expect((await w.follow(step)).at(-1)).toMatchObject({ kind: 'settled' })
    }

    expect(mechanism).toBe('region-offline')
    expect(warnings).toContainEqual({
      kind: 'possible_loss',
      text: 'the Cosmos DB account shop is taken offline in westeurope: writes that were not copied from there yet may be lost for good',
    })
    expect(w.changesAsked()).toMatchObject([
      { asked: 'POST databaseAccounts/shop/offlineRegion', request: { region: 'westeurope' } },
      { request: { properties: { endpointStatus: 'Disabled' } } },
    ])
    expect((await w.verify('northeurope')).every(({ result }) => result === 'passed')).toBe(true)
  })

  test('is not given up while its database answers', async () => {
    const w = await world()
    w.pretend.fail('West Europe')

    const { blockers } = await w.offline('northeurope')

    expect(JSON.stringify(blockers)).toContain('could lose writes for nothing')
    expect((await w.route('northeurope')).blockers).toEqual([])
  })

  test('is not given up when its database answers again after the plan', async () => {
    const w = await world()
    w.pretend.fail('West Europe', true)
    const plan = await w.approved('northeurope', 'region-offline')
    const { steps } = await w.offline('northeurope')
    expect(await w.executor.changedSince(plan, signal())).toBeUndefined()
    w.pretend.mend('West Europe')

    expect(await w.executor.changedSince(plan, signal())).toBe(
      'the Cosmos DB account shop answers in westeurope: to give it up could lose writes for nothing',
    )
    const given = w.apply(steps[0])
    await expect(given).rejects.toThrow(Superseded)
    await expect(given).rejects.toThrow('the database answers in westeurope again')
    expect(w.changesAsked()).toEqual([])
  })

  test('is not given up when only one question found no answer', async () => {
    const w = await world()
    w.pretend.fail('West Europe', true)
    const { steps } = await w.offline('northeurope')
    w.pretend.mend('West Europe')
    w.pretend.faults.add({ path: '/gateway/westeurope', status: 503, times: 1 })

    await expect(w.apply(steps[0])).rejects.toThrow('the database answers in westeurope again')

    expect(w.changesAsked()).toEqual([])
  })

  test('is not given up when the next one does not answer any more', async () => {
    const w = await world()
    w.pretend.fail('West Europe', true)
    const plan = await w.approved('northeurope', 'region-offline')
    const { steps } = await w.offline('northeurope')
    w.pretend.faults.add({ path: '/gateway/northeurope', status: 503, times: 2 })

    expect(await w.executor.changedSince(plan, signal())).toBe(
      'the Cosmos DB account shop does not answer in northeurope',
    )
    await expect(w.apply(steps[0])).rejects.toThrow(
      'the database does not answer in northeurope: westeurope was not given up',
    )
    expect(w.changesAsked()).toEqual([])
  })

  test('that comes back is brought online again by an undo, and takes no writes until they are moved', async () => {
    const w = await world()
    w.pretend.fail('West Europe', true)
    const { steps } = await w.offline('northeurope')
    const [give] = steps
    await w.apply(give)
    await w.follow(give)
    w.pretend.mend('West Europe')

    await w.undo(give)
    await expect.poll(() => w.pretend.wanted().offline).toEqual([])

    expect(w.pretend.wanted().order).toEqual(['North Europe', 'West Europe'])
  })
})

describe('the whole way back of a region that was given up', () => {
  test('ends with both open and the writes where they went, and gets stuck nowhere', async () => {
    const w = await world({ enabled: ['West Europe'] })
    w.pretend.fail('West Europe', true)
    const { steps, warnings } = await w.offline('northeurope')
    for (const step of steps) {
      await w.apply(step)
      expect((await w.follow(step)).at(-1)).toMatchObject({ kind: 'settled' })
    }
    w.pretend.mend('West Europe')

    for (const step of steps.toReversed()) {
      await w.undo(step)
      expect((await w.followBack(step)).at(-1)).toMatchObject({ kind: 'settled' })
    }

    expect(w.pretend.wanted()).toEqual({
      enabled: ['West Europe', 'North Europe'],
      order: ['North Europe', 'West Europe'],
      offline: [],
    })
    expect(warnings).toContainEqual({
      kind: 'platform',
      text: 'an undo does not bring the writes back to westeurope: they stay in northeurope, which stays open, until somebody moves them',
    })
  })
})

describe('the last region that is well', () => {
  test('is not closed when the other one fell ill after the plan', async () => {
    const w = await world({ hasNoDatabase: true })
    const { steps } = await w.route('northeurope')
    w.pretend.fail('North Europe')

    await expect(w.apply(steps.at(-1))).rejects.toThrow(
      'where the requests would go is not well (shop-northeurope is Degraded): westeurope stays open',
    )

    expect(w.changesAsked()).toEqual([])
  })

  test.each(['Priority', 'Weighted'] as const)(
    'is not closed because a third one is well, while the one that was chosen fell ill (%s)',
    async (routing) => {
      const w = await world({
        regions: ['West Europe', 'North Europe', 'France Central'],
        enabled:
          routing === 'Priority'
            ? ['West Europe', 'North Europe', 'France Central']
            : ['West Europe'],
        routing,
        hasNoDatabase: true,
      })
      const { steps } = await w.route('northeurope')
      for (const step of steps.slice(0, -1)) {
        await w.apply(step)
        await w.follow(step)
      }
      w.pretend.fail('North Europe')

      await expect(w.apply(steps.at(-1))).rejects.toThrow(
        'where the requests would go is not well (shop-northeurope is Degraded): westeurope stays open',
      )

      expect(w.pretend.wanted().enabled).toContain('West Europe')
    },
  )

  test('is not closed when somebody closed the other one', async () => {
    const w = await world({ hasNoDatabase: true })
    const { steps } = await w.route('northeurope')
    w.pretend.set('North Europe', 'Disabled')

    await expect(w.apply(steps.at(-1))).rejects.toThrow(Superseded)

    expect(w.pretend.wanted().enabled).toEqual(['West Europe'])
  })

  test('stays open when the region that was opened does not come up, and that one is closed again', async () => {
    const w = await world({ enabled: ['West Europe'], hasNoDatabase: true })
    const { steps } = await w.route('northeurope')
    w.pretend.fail('North Europe')
    await w.apply(steps[0])

    expect((await w.follow(steps[0])).at(-1)).toMatchObject({
      kind: 'failed',
      message: 'Traffic Manager finds northeurope Degraded',
    })
    expect(steps[0]?.onFailure).toBe('undo')
    await w.undo(steps[0])

    expect(w.pretend.wanted().enabled).toEqual(['West Europe'])
  })
})

describe('the way back to the first region', () => {
  test('does not open it while its database does not answer', async () => {
    const w = await world()
    const { steps } = await w.route('northeurope')
    for (const step of steps) {
      await w.apply(step)
      await w.follow(step)
    }
    w.pretend.fail('West Europe', true)

    await expect(w.undo(steps.at(-1))).rejects.toThrow(
      'the Cosmos DB account shop does not answer in westeurope: nothing was changed',
    )

    expect(w.pretend.wanted().enabled).toEqual(['North Europe'])
  })

  test('is a failover like any other, and keeps the other region as a standby', async () => {
    const w = await world()
    for (const step of (await w.route('northeurope')).steps) {
      await w.apply(step)
      await w.follow(step)
    }

    const { steps } = await w.route('westeurope')
    for (const step of steps) {
      await w.apply(step)
      await w.follow(step)
    }

    expect(steps.map(({ name }) => name)).toEqual([
      'westeurope opened',
      'writes moved to westeurope',
    ])
    expect(w.pretend.wanted()).toMatchObject({
      enabled: ['West Europe', 'North Europe'],
      order: ['West Europe', 'North Europe'],
    })
  })
})

describe('what is looked at first', () => {
  test('a region that is well now needs no past to be chosen; one that is ill cannot be', async () => {
    const w = await world({ regions: ['West Europe', 'North Europe', 'France Central'] })
    w.pretend.fail('North Europe')

    const found = await w.candidates()

    expect(
      found.map(({ revision, standing, missing }) => [revision.name, standing.kind, missing]),
    ).toEqual([
      ['westeurope', 'given', undefined],
      ['northeurope', 'unproven', 'Traffic Manager finds its endpoint shop-northeurope Degraded'],
      ['francecentral', 'given', undefined],
    ])
  })

  test('an account whose every region takes writes has none to move', async () => {
    const w = await world()
    w.pretend.account.isMultiWrite = true

    const { steps } = await w.route('northeurope')
    const other = await w.offline('northeurope')

    expect(steps.map(({ name }) => name)).toEqual(['westeurope closed'])
    expect(JSON.stringify(other.blockers)).toContain('none has to be given up')
  })

  test('an account that moves its writes by itself is said to', async () => {
    const w = await world()
    w.pretend.account.isAutomatic = true

    expect(JSON.stringify((await w.observe()).warnings)).toContain(
      'may move its writes by itself in an outage',
    )
  })

  test('a right that is missing is named', async () => {
    const w = await world({ hasNoDatabase: true })
    const { steps } = await w.route('northeurope')
    w.pretend.faults.add({ method: 'PATCH', status: 403, reason: 'AuthorizationFailed' })

    await expect(w.apply(steps[0])).rejects.toThrow(
      'not allowed to use Microsoft.Network/trafficManagerProfiles/AzureEndpoints/write on endpoint shop-westeurope',
    )
  })

  test('doctor names what is missing before it is needed', async () => {
    const w = await world()
    w.pretend.fail('North Europe')

    const found = await w.executor.examine(w.target, AbortSignal.timeout(10_000))

    expect(found.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'choice: whether endpoints and the database may be changed shows only when it is done: Azure tries nothing out',
      'limits: cannot be moved to northeurope at the moment: Traffic Manager finds its endpoint Degraded',
    ])
  })
})
