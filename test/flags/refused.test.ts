import { afterEach, describe, expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import { aWorld } from '../executors/flag/world.ts'

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

async function changeOf({ executor, target }: Awaited<ReturnType<typeof aWorld>>) {
  const observed = await executor.observe(target, signal())
  const [off] = observed.history
  if (!off) throw new Error('it is off already')
  const { steps } = await executor.route(target, observed, off.id, 'rb_1', signal())
  return steps[0]?.change ?? null
}

describe('Unleash', () => {
  test('that does not let the token switch is not asked again: 403 is an answer', async () => {
    const w = await world('unleash')
    const change = await changeOf(w)
    w.pretend.faults.add({ method: 'POST', status: 403, message: 'no permission', times: 1 })

    const refused = w.executor.apply(change, 'rb_1.0', signal())

    await expect(refused).rejects.toThrow(NotAllowed)
    await expect(refused).rejects.toThrow(
      'not allowed to switch flag new-checkout in production: Unleash (shop) does not let the token do this (no permission)',
    )
    expect(w.own.isOn).toBe(true)
  })

  test('knows no such environment: there is no such flag, and it is not off there', async () => {
    const { provider } = await world('unleash')

    expect(await provider.read({ ...place, environment: 'prod' }, signal())).toBeUndefined()
  })

  test('does not know a flag any more when it is to be switched: 404 is not taken for done', async () => {
    const { provider, pretend } = await world('unleash')
    const seen = await provider.read(place, signal())
    if (!seen) throw new Error('the flag is not there')
    pretend.faults.add({ method: 'POST', status: 404, times: 1 })

    await expect(
      provider.set(place, { isOn: false, seen, why: 'errors' }, signal()),
    ).rejects.toThrow('Unleash (shop) does not know flag new-checkout in production any more')
  })
})

/** Were it sent again, it would be made. */
test('a change that is taken and not made is looked for some times and then said, and not sent again', async () => {
  const w = await world('unleash')
  const change = await changeOf(w)
  w.pretend.faults.add({ method: 'POST', status: 200, times: 1 })

  await expect(w.executor.apply(change, 'rb_1.0', signal())).rejects.toThrow(
    'Unleash (shop) took the change, and flag new-checkout in production is as it was: on for 25 %',
  )
  expect(w.own.isOn).toBe(true)
})
