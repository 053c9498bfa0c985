import { Client } from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => {
  vi.restoreAllMocks()
  await play.close()
})

/** The names of the statements that are sent from now on, by whose connections they go over. */
function sentBy(): ReadonlyMap<string, Set<string>> {
  const sent = new Map<string, Set<string>>()
  const { query } = Client.prototype
  vi.spyOn(Client.prototype, 'query').mockImplementation(function (
    this: Client & { readonly connectionParameters: { readonly application_name: string } },
    ...given: unknown[]
  ) {
    const [first] = given
    const name = typeof first === 'object' && first && 'name' in first ? String(first.name) : ''
    const { application_name: own } = this.connectionParameters
    sent.set(own, (sent.get(own) ?? new Set()).add(name))
    return Reflect.apply(query, this, given)
  })
  return sent
}

test('T113 where a card stands that was pressed, and what is decided, goes over connections that no other work has', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  const sent = sentBy()

  await play.presses('outsider', 'Approve', play.card())

  const over = (pool: string) => sent.get(`countermand-${pool}`) ?? new Set()
  expect([...over('presses')]).toEqual(expect.arrayContaining(['surfaces', 'lock-skip']))
  // And so does the look for processes that are gone with what they had taken up.
  await expect.poll(() => over('presses').has('free-dead-replicas')).toBe(true)
})
