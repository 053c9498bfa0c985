import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '#cli/index.ts'
import { sourceOf } from './support/source.ts'

const readme = readFileSync('README.md', 'utf8')

test('the README explains every variable that the program reads', () => {
  const read = new Set(
    ['src/config.ts', 'src/config/environment.ts', 'src/config/slack.ts'].flatMap((file) =>
      [...sourceOf(file).matchAll(/'((?:[A-Z]+_[A-Z_]*[A-Z])|PORT)'/g)].map(
        ([, name = '']) => name,
      ),
    ),
  )

  expect([...read].filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  expect(read).toContain('SLACK_SIGNING_SECRET_PREVIOUS')
})

test('the README shows every command of the terminal', () => {
  const names = commands.map(({ name }) => name).filter((name) => name !== 'help')

  expect(names.filter((name) => !readme.includes(`npm run countermand -- ${name}`))).toEqual([])
})

test('every file that the README points at is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path)
  const named = [...readme.matchAll(/`((?:src|test|docs|bin|\.ci)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  )

  expect([...links, ...named].filter((path) => globSync(path).length === 0)).toEqual([])
  expect(links).toContain('LICENSE')
})
