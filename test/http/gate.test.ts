import { expect, test } from 'vitest'
import { createGate, machineGates } from '#http/gate.ts'

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

test('T133 neither a crowd of alerts nor a late process keeps Flagger out, whose questions have turns of their own', async () => {
  let lag = 0
  let made = 0
  const turns = () => {
    made += 1
    return turn
  }
  const { alerts, flagger } = machineGates(none, turns, { ...calm, recentMs: () => lag })
  const end = Promise.withResolvers<void>()
  const going = Array.from({ length: 256 }, () => alerts.through(() => end.promise))

  expect([alerts.isShut(), flagger.isShut(), made]).toEqual([true, false, 2])
  end.resolve()
  await Promise.all(going)
  lag = 201
  expect([alerts.isShut(), flagger.isShut()]).toEqual([true, false])

  const many = Promise.withResolvers<void>()
  const asked = Array.from({ length: 256 }, () => flagger.through(() => many.promise))
  expect(flagger.isShut()).toBe(true)
  many.resolve()
  await Promise.all(asked)
})

test('the lag of the process itself is measured', () => {
  const gate = createGate(none, turn)

  expect(gate.isShut()).toBe(false)
  gate.close()
})
