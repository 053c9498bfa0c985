import Ajv2020 from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { configJsonSchema } from '#config/json-schema.ts'

test('the published schema is the one the program checks with', async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../docs/config.schema.json',
  )
})

test('an editor that uses the schema accepts the example and refuses a misspelt key', () => {
  const check = new Ajv2020.default({ strict: false }).compile(configJsonSchema())
  const example: unknown = parse(readFileSync('docs/config.example.yaml', 'utf8'))

  expect(check(example), JSON.stringify(check.errors)).toBe(true)
  expect(check({ ...Object(example), polcy: {} })).toBe(false)
})
