import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/traps.md', 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Trap '))
const named = rows.map((row) => {
  const [, file = '', title = ''] = /`(test\/[\w./-]+)`: “(.+)” \|$/.exec(row) ?? []
  return { row, file, title }
})

test('every trap of the page names a test that is there under that title', () => {
  const missing = named.filter(
    ({ file, title }) =>
      title === '' || !existsSync(file) || !readFileSync(file, 'utf8').includes(title),
  )

  expect(rows.length).toBeGreaterThan(80)
  expect(missing).toEqual([])
})

test('a row says what the trap is and what is done about it', () => {
  const short = rows.filter((row) => {
    const [, trap = '', does = ''] = row.split(/(?<!\\)\|/)
    return trap.trim().length < 5 || does.trim().length < 5
  })

  expect(short).toEqual([])
})
