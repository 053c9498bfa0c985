import { expect, test } from 'vitest'
import {
  chooseWay,
  type Mechanism,
  nextWay,
  type Offer,
  wholeOrder,
} from '#domain/rollback/ways.ts'
import { seconds } from '#domain/time.ts'

const offer = (mechanism: Mechanism, expected: number, ...closed: readonly string[]): Offer => ({
  mechanism,
  expectedMicros: seconds(expected),
  closed,
})
const all = [offer('deployment-undo', 60), offer('mesh-reroute', 2), offer('canary-scale-down', 20)]
const wanted = (more: Partial<Parameters<typeof chooseWay>[1]> = {}) => ({
  order: wholeOrder(undefined),
  budgetMicros: seconds(30),
  left: [],
  ...more,
})
const told = (offers: readonly Offer[], more: Partial<Parameters<typeof chooseWay>[1]> = {}) => {
  const choice = chooseWay(offers, wanted(more))
  return (
    choice && [
      choice.chosen.mechanism,
      choice.because,
      ...choice.others.map(
        ({ mechanism, isOpen, why }) => `${mechanism} ${isOpen ? 'open' : 'closed'}: ${why}`,
      ),
    ]
  )
}

test('traffic first, then scaling down, then the undo, however they are offered', () => {
  expect(told(all)).toEqual([
    'mesh-reroute',
    'first_in_time',
    'canary-scale-down open: later in the order',
    'deployment-undo open: later in the order',
  ])
})

test('the strategy’s budget passes over a way that is too slow for it, and takes the first where all are', () => {
  const slow = [
    offer('mesh-reroute', 45),
    offer('canary-scale-down', 20),
    offer('deployment-undo', 60),
  ]

  expect(told(slow)?.slice(0, 3)).toEqual([
    'canary-scale-down',
    'first_in_time',
    'mesh-reroute open: too slow for the strategy',
  ])
  expect(told(slow, { budgetMicros: seconds(5) })?.slice(0, 2)).toEqual([
    'mesh-reroute',
    'first_none_in_time',
  ])
})

test('what is closed, and what was left in this rollback, is not taken, and says why', () => {
  const offers = [
    offer('mesh-reroute', 2, 'Flagger sets the weights'),
    ...all.slice(2),
    offer('deployment-undo', 20),
  ]

  expect(told(offers, { left: ['canary-scale-down'] })).toEqual([
    'deployment-undo',
    'only_open',
    'mesh-reroute closed: Flagger sets the weights',
    'canary-scale-down closed: already tried in this rollback',
  ])
  expect(chooseWay(offers.slice(0, 1), wanted())).toBeUndefined()
})

test('a service’s own order goes first, and what it does not name comes after', () => {
  expect(wholeOrder(['undo'])).toEqual([
    'undo',
    'feature-flag',
    'traffic-shift',
    'scale-down',
    'regional-failover',
    'region-offline',
  ])
  expect(told(all, { order: wholeOrder(['undo']), budgetMicros: seconds(90) })?.[0]).toBe(
    'deployment-undo',
  )
})

test('the next way is the first open one of the others', () => {
  const choice = chooseWay([...all, offer('rollout-undo', 5, 'no Rollout')], wanted())

  expect(nextWay(choice?.others)?.mechanism).toBe('canary-scale-down')
  expect(nextWay(undefined)).toBeUndefined()
})
