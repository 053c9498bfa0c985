import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Every id of the project's threat list, in its order. */
const known: readonly string[] = JSON.parse(readFileSync('test/fixtures/threats.json', 'utf8'))

/** Ids that titles, or rows of `test.each`, begin with. */
const tested = new Set(
  globSync('test/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/['"`]((?:T\d{3}[ :]*)+)/g)].flatMap(
      ([, ids = '']) => ids.match(/T\d{3}/g) ?? [],
    ),
  ),
)

interface Row {
  readonly id: string
  readonly cells: readonly string[]
}
const [promised = [], awaited = []] = readFileSync('SECURITY.md', 'utf8')
  .split('### Not yet applicable')
  .map((part): readonly Row[] =>
    [...part.matchAll(/^\| (T\d{3}) \| (.+) \|$/gm)].map(([, id = '', rest = '']) => ({
      id,
      cells: rest.split(/(?<!\\) \| /),
    })),
  )
const idsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ id }) => id)

test('every threat of the list is either reproduced by a test that bears its id, or waits and says for what', () => {
  expect(idsOf(promised)).toEqual(known.filter((id) => tested.has(id)))
  expect(idsOf(awaited)).toEqual(known.filter((id) => !tested.has(id)))
})

test('no test bears the id of a threat that is not on the list', () => {
  expect([...tested].filter((id) => !known.includes(id))).toEqual([])
})

test('every test that SECURITY.md names is there', () => {
  const named = [...readFileSync('SECURITY.md', 'utf8').matchAll(/`(test\/[\w./-]+)`/g)].flatMap(
    ([, path]) => path ?? [],
  )

  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((path) => !existsSync(path))).toEqual([])
})

test('a row says what is tried and what happens, or what it waits for', () => {
  const unfinished = [...promised, ...awaited].filter(
    ({ cells }) => cells.length !== 2 || cells.some((cell) => cell.trim().length < 3),
  )

  expect(unfinished).toEqual([])
  expect(promised.length).toBeGreaterThan(awaited.length)
})
