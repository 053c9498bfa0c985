import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planDigest, rollbackId } from '#domain/ids.ts'
import { buttonKinds } from '#slack/actions/kinds.ts'
import { buttonReader, buttonSigner } from '#slack/buttons.ts'
import type { ButtonAction } from '#slack/views/index.ts'

const key = Buffer.alloc(32, 7)
const sign = buttonSigner(key)
const read = buttonReader(key)

const actions: fc.Arbitrary<ButtonAction> = fc.record(
  {
    kind: fc.constantFrom(...buttonKinds),
    rollback: fc.string({ maxLength: 40 }).map(rollbackId),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map(planDigest),
    detail: fc.string({ maxLength: 80 }),
  },
  { requiredKeys: ['kind', 'rollback'] },
)

test('what was signed is read back unchanged', () => {
  fc.assert(
    fc.property(actions, (action) => {
      expect(read(sign(action))).toEqual(action)
    }),
  )
})

test('T019 a value with any one character changed stands for nothing', () => {
  fc.assert(
    fc.property(actions, fc.nat(), fc.constantFrom('A', '0', '.', '_'), (action, at, other) => {
      const value = sign(action)
      const index = at % value.length
      const altered = value.slice(0, index) + other + value.slice(index + 1)
      const found = read(altered)

      // The last character of the MAC holds unused bits: another spelling of the same bytes is the same value.
      expect(found === undefined || altered === value || index === value.length - 1).toBe(true)
      expect(found === undefined || JSON.stringify(found) === JSON.stringify(action)).toBe(true)
    }),
  )
})

test('T019 a value that was signed with another key stands for nothing', () => {
  const other = buttonSigner(Buffer.alloc(32, 8))

  expect(read(other({ kind: 'approve', rollback: rollbackId('rb_1') }))).toBeUndefined()
})

test('whatever stands in a value, reading it does not throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(read(value)).toBeUndefined()
    }),
  )
})

test('a value longer than Slack takes is never made', () => {
  const action = { kind: 'tick', rollback: rollbackId('rb_1'), detail: 'x'.repeat(3_000) } as const

  expect(() => sign(action)).toThrow('characters long')
})
