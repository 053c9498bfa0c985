import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, isSameJson } from '#domain/json.ts'

test('reads back as what was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('does not depend on the order of keys', () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()), {
    selector: ([key]) => key,
  })
  const twice = entries.chain((some) =>
    fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
  )
  fc.assert(
    fc.property(twice, ([some, mixed]) => {
      const [a, b] = [some, mixed].map((list) =>
        canonicalJson({ inner: [Object.fromEntries(list)] }),
      )

      expect(a).toBe(b)
    }),
  )
})

test('is the same before and after it was stored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(value))
    }),
  )
})

test('different values have different spellings', () => {
  const spellings = [0, '0', null, '', [], {}, [0], [[0]], { a: 0 }, { a: '0' }, false].map(
    canonicalJson,
  )

  expect(new Set(spellings).size).toBe(spellings.length)
})

test.each([
  [{ b: 1, a: undefined }, '{"b":1}'],
  [[undefined, 1], '[null,1]'],
  [undefined, 'null'],
  [{ Z: 1, a: 2, ä: 3, '€': 4, '😀': 5 }, '{"Z":1,"a":2,"ä":3,"€":4,"😀":5}'],
  [[1e21, 1.5, -0, 1e-7], '[1e+21,1.5,0,1e-7]'],
  ['a"\n\u2028\ud800', '"a\\"\\n\u2028\\ud800"'],
])('%j is written %s', (value, text) => {
  expect(canonicalJson(value)).toBe(text)
})

test('two values are the same when they have one spelling', () => {
  const fewer = fc.anything({
    values: [fc.constantFrom(undefined, null, NaN, -Infinity, 0, -0, 1, '', 'a', true)],
    key: fc.constantFrom('a', 'b'),
    maxKeys: 2,
  })
  fc.assert(
    fc.property(fewer, fewer, (one, other) => {
      expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other))
      expect(isSameJson(one, structuredClone(one))).toBe(true)
    }),
    {
      numRuns: 500,
      examples: [
        [NaN, null],
        [{ a: NaN }, { a: null }],
        [{ a: NaN }, {}],
      ],
    },
  )
})
