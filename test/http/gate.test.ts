import { expect, test } from 'vitest'
import { createGate } from '#http/gate.ts'

const turn = async () => undefined
const none = { backlog: async () => 0 }
const calm = { recentMs: () => 0, close: () => undefined }

test('T119 while the process answers late, what machines send is put off', () => {
  let lag = 0
  const gate = createGate(none, turn, { ...calm, recentMs: () => lag })

  expect(gate.isShut()).toBe(false)
  lag = 201
  expect(gate.isShut()).toBe(true)
  lag = 200
  expect(gate.isShut()).toBe(false)
})

test('T133 so many at once are let in, and the next when one of them is through', async () => {
  const gate = createGate(none, turn, calm)
  const first = Promise.withResolvers<void>()
  const rest = Promise.withResolvers<void>()
  const going = [
    gate.through(() => first.promise),
    ...Array.from({ length: 255 }, () => gate.through(() => rest.promise)),
  ]

  expect(gate.isShut()).toBe(true)
  first.resolve()
  await going[0]
  expect(gate.isShut()).toBe(false)
  rest.reject(new Error('the database is away'))
  await Promise.allSettled(going)
  expect(gate.isShut()).toBe(false)
})

test('T133 with ten thousand waiting nothing more is written down; the question is asked once a second', async () => {
  let asked = 0
  const backlog = async (most: number) => {
    asked += 1
    return most
  }
  const gate = createGate({ backlog }, turn, calm)

  expect(await Promise.all([gate.isFull(), gate.isFull()])).toEqual([true, true])
  expect(asked).toBe(1)
  expect(await createGate({ backlog: async (most) => most - 1 }, turn, calm).isFull()).toBe(false)
  const away = createGate({ backlog: () => Promise.reject(new Error('away')) }, turn, calm)
  expect(await away.isFull()).toBe(false)
})

test('the lag of the process itself is measured', () => {
  const gate = createGate(none, turn)

  expect(gate.isShut()).toBe(false)
  gate.close()
})
