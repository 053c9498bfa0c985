import { afterEach, describe, expect, test } from 'vitest'
import { flagProvider } from '#flags/index.ts'
import { NotAllowed } from '#ports/executor.ts'
import { aWorld, kinds, token } from '../executors/flag/world.ts'

const signal = () => AbortSignal.timeout(10_000)
const place = { project: 'default', key: 'new-checkout', environment: 'production' }

const open: { close(): Promise<void> }[] = []
const world = async (...given: Parameters<typeof aWorld>) => {
  const made = await aWorld(...given)
  open.push(made.pretend)
  return made
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

describe.for(kinds)('a provider of kind %s', (kind) => {
  test('tells a flag that is on from one that is off, and from none', async () => {
    const { provider, pretend, own } = await world(kind)

    expect(await provider.read(place, signal())).toMatchObject({ isOn: true })
    pretend.store.set(own, false)
    expect(await provider.read(place, signal())).toMatchObject({ isOn: false })
    expect(await provider.read({ ...place, key: 'other' }, signal())).toBeUndefined()
  })

  test('switches one flag in one environment, and nothing else', async () => {
    const { provider, pretend, own } = await world(kind)
    const elsewhere = pretend.store.add({ key: 'new-checkout', environment: 'staging' })
    const other = pretend.store.add({ key: 'new-search' })
    const seen = await provider.read(place, signal())
    if (!seen) throw new Error('the flag is not there')

    await provider.set(place, { isOn: false, seen, why: 'errors' }, signal())

    expect([own, elsewhere, other].map(({ isOn }) => isOn)).toEqual([false, true, true])
    expect(own.rules).toEqual([{ id: 'rule-1', share: 25 }])
  })

  test('says in a sentence without the token that it does not know it', async () => {
    const { pretend } = await world(kind)
    const wrong = 'another-hunter2-token'
    const provider = flagProvider(kind, { called: 'shop', url: pretend.url, token: wrong })

    const refused = await provider.read(place, signal()).catch((error: unknown) => error)

    expect(refused).toBeInstanceOf(NotAllowed)
    expect(String(refused)).toContain('does not know the token')
    expect(String(refused)).not.toContain('hunter2')
  })

  test.for([
    [429, 'answered 429: it is asked too often'],
    [503, 'answered 503 (trouble)'],
  ] as const)('answered with %i it may be asked again later', async ([status, said]) => {
    const { provider, pretend } = await world(kind)
    pretend.faults.add({ status, times: 9 })

    const failed = await provider.read(place, signal()).catch((error: unknown) => error)

    expect(failed).not.toBeInstanceOf(NotAllowed)
    expect(String(failed)).toContain(said)
  })

  test('does not wait for longer than it was told', async () => {
    const { provider, pretend } = await world(kind, {}, { timeoutMs: 50 })
    pretend.faults.add({ delayMs: 5_000, times: 9 })

    await expect(provider.read(place, signal())).rejects.toThrow(
      'did not answer: no answer within 0.05 s',
    )
  })

  test('T139 carries its token to no address that must not be asked, whatever the name means', async () => {
    const asked: string[] = []
    const provider = flagProvider(kind, {
      called: 'shop',
      url: 'http://flags.shop.example',
      token,
      resolve: async (host) => {
        asked.push(host)
        return [{ address: '169.254.169.254', family: 4 }]
      },
    })

    await expect(provider.read(place, signal())).rejects.toThrow(
      'the host name leads to an address that must not be asked',
    )
    expect(asked[0]).toBe('flags.shop.example')
  })

  test('lets whoever wants every change approved say so, and changes nothing', async () => {
    const { executor, target, own, pretend } = await world(kind, { pending: 'approval' })
    const change = await changeOf({ executor, target })

    await expect(executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(NotAllowed)

    expect(own.isOn).toBe(true)
    expect(pretend.store.changes).toBe(0)
  })
})

async function changeOf({
  executor,
  target,
}: Pick<Awaited<ReturnType<typeof aWorld>>, 'executor' | 'target'>) {
  const observed = await executor.observe(target, signal())
  const [off] = observed.history
  if (!off) throw new Error('it is off already')
  const { steps } = await executor.route(target, observed, off.id, 'rb_1', signal())
  return steps[0]?.change ?? null
}
