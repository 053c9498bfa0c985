import { expect, test } from 'vitest'
import { nearest } from '#domain/nearest.ts'

const services = ['checkout', 'payments', 'cart']
const flags = ['to', 'since', 'at', 'reason']

test('a name with a slip is offered', () => {
  expect(nearest(services, 'chekout')).toEqual(['checkout'])
  expect(nearest(services, 'paymnets')).toEqual(['payments'])
  expect(nearest(services, 'CART')).toEqual(['cart'])
})

test('a part of a name is enough', () => {
  expect(nearest(services, 'check')).toEqual(['checkout'])
})

test('a word of which less than half is right is no slip: nothing is offered', () => {
  expect(nearest(flags, 'force')).toEqual([])
  expect(nearest(flags, 'rf')).toEqual([])
})
