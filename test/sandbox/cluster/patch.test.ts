import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ApiError } from '#sandbox/cluster/api-error.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '#sandbox/cluster/patch.ts'

const refused = (patch: unknown, document = {}) => {
  try {
    jsonPatch(document, patch)
    return 'applied'
  } catch (error) {
    return (error as ApiError).code
  }
}

describe('JSON Patch, by the cases of RFC 6902', () => {
  test.each([
    ['adds a member', { a: 1 }, { op: 'add', path: '/b', value: 2 }, { a: 1, b: 2 }],
    ['adds into a list', { a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2, 3] }],
    ['adds at the end', { a: [1] }, { op: 'add', path: '/a/-', value: 2 }, { a: [1, 2] }],
    ['removes', { a: 1, b: [1, 2] }, { op: 'remove', path: '/b/0' }, { a: 1, b: [2] }],
    ['replaces', { a: [1, 2] }, { op: 'replace', path: '/a/0', value: 9 }, { a: [9, 2] }],
    ['moves', { a: { b: 1 } }, { op: 'move', from: '/a/b', path: '/c' }, { a: {}, c: 1 }],
    [
      'copies',
      { a: { b: 1 } },
      { op: 'copy', from: '/a', path: '/c' },
      { a: { b: 1 }, c: { b: 1 } },
    ],
    ['reads escapes', { 'a/b': 1, 'm~n': 2 }, { op: 'remove', path: '/a~1b' }, { 'm~n': 2 }],
    ['reads ~01 as ~1', { '~1': 1 }, { op: 'replace', path: '/~01', value: 2 }, { '~1': 2 }],
    [
      'tests by content',
      { a: { x: 1, y: 2 } },
      { op: 'test', path: '/a', value: { y: 2, x: 1 } },
      { a: { x: 1, y: 2 } },
    ],
  ])('%s', (_name, document, operation, expected) => {
    expect(jsonPatch(document, [operation])).toEqual(expected)
  })

  test.each([
    [{ op: 'remove', path: '/none' }],
    [{ op: 'replace', path: '/list/5', value: 1 }],
    [{ op: 'add', path: '/none/deeper', value: 1 }],
    [{ op: 'add', path: '/list/5', value: 1 }],
    [{ op: 'add', path: '/list/01', value: 1 }],
    [{ op: 'test', path: '/list', value: [2] }],
    [{ op: 'test', path: '/none', value: null }],
    [{ op: 'invent', path: '/list' }],
    [{ op: 'add', path: 'list', value: 1 }],
  ])('%o does not apply', (operation) => {
    expect(refused([operation], { list: [1] })).toBe(422)
  })

  test('a member that is missing is added by a replace, as in the library of the API server', () => {
    expect(jsonPatch({}, [{ op: 'replace', path: '/none', value: 1 }])).toEqual({ none: 1 })
  })

  test('an operation that fails takes those before it back', () => {
    const document = { a: 1 }
    expect(
      refused(
        [
          { op: 'replace', path: '/a', value: 2 },
          { op: 'test', path: '/a', value: 3 },
        ],
        document,
      ),
    ).toBe(422)
    expect(document).toEqual({ a: 1 })
  })

  test('a prototype cannot be reached', () => {
    expect(refused([{ op: 'add', path: '/__proto__/polluted', value: 1 }])).toBe(422)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('merge patches', () => {
  const json = fc.dictionary(
    fc.string().filter((name) => !name.startsWith('$') && name !== '__proto__'),
    fc.oneof(fc.integer(), fc.string(), fc.dictionary(fc.constantFrom('a', 'b'), fc.integer())),
  )

  test('a merge patch applied twice is the same as once', () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const once = mergePatch(document, patch)
        expect(mergePatch(once, patch)).toEqual(once)
      }),
    )
  })

  test('without lists a strategic merge is a merge', () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        expect(strategicMergePatch(document, patch)).toEqual(mergePatch(document, patch))
      }),
    )
  })

  test('strategic lists: merged by key, deleted by key, replaced as a whole', () => {
    const document = {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
      args: [1],
    }
    expect(
      strategicMergePatch(document, {
        containers: [{ name: 'b', image: '2' }, { name: 'a', $patch: 'delete' }, { name: 'c' }],
        args: [2],
      }),
    ).toEqual({ containers: [{ name: 'b', image: '2' }, { name: 'c' }], args: [2] })
    expect(
      strategicMergePatch(document, { containers: [{ $patch: 'replace' }, { name: 'z' }] }),
    ).toMatchObject({ containers: [{ name: 'z' }] })
  })
})
