import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfigFile } from '#config/file.ts'
import { terminalPart } from '#examination/terminal.ts'
import { startIssuer } from '../support/pretend-issuer.ts'

let issuer: Awaited<ReturnType<typeof startIssuer>>
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())

const found = async (change: (yaml: string) => string) => {
  const yaml = readFileSync('docs/config.example.yaml', 'utf8')
  const { content, problems } = parseConfigFile('countermand.yaml', change(yaml))
  if (!content) throw new Error(problems.join('\n'))
  return terminalPart(content).look(AbortSignal.timeout(10_000))
}
const asks = (url: string) => (yaml: string) => yaml.replace('https://login.shop.example', url)

test('an issuer that signs people in by a code is in place; one authority alone is told', async () => {
  expect(await found(asks(issuer.url))).toEqual([
    { result: 'fine', text: `people sign in at ${issuer.url}` },
    {
      result: 'note',
      text: 'one of those whom members names as VP engineering or above can be known at a terminal: without Slack and the database two people must break glass',
      remedy: 'map two of them under terminal.people',
    },
  ])
})

test('two of the strictest window are enough', async () => {
  const two = await found((yaml) =>
    asks(issuer.url)(yaml).replace(
      '    U0VP001: {',
      '    U0CEO01: { is: [ceo@shop.example] }\n    U0VP001: {',
    ),
  )

  expect(two.map(({ result }) => result)).toEqual(['fine'])
})

test('an issuer that is away is said to be, and nothing is said where nothing is configured', async () => {
  await expect(found(asks('http://127.0.0.1:1'))).rejects.toThrow('The issuer cannot be asked')
  expect(await found((yaml) => yaml.slice(0, yaml.indexOf('\nterminal:')))).toEqual([])
})
