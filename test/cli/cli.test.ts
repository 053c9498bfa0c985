import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '#cli/index.ts'
import { serviceId } from '#domain/ids.ts'
import { ids } from '../../src/ids.ts'
import { anArchive, run } from './support.ts'

const exampleFile = 'docs/config.example.yaml'
const placeholders: Readonly<Record<string, string>> = {
  service: 'checkout',
  incident: 'inc-checkout-7fk3qd',
  file: exampleFile,
}
const standsFor = (placeholder: string, name: string): string => placeholders[name] ?? placeholder
async function expectUnderstood(line: string): Promise<void> {
  const { code, err } = await run(line, { archive: anArchive() })
  expect([line, code, code === 0 ? '' : err]).not.toEqual([line, 2, expect.anything()])
}
/** Its last part is made of letters and digits by chance. */
const shapeOf = (incident: string): string => incident.replace(/[a-z2-9]{6}$/, '######')

test('every command explains itself, and is listed', async () => {
  const { out, code } = await run('help')

  expect(code).toBe(0)
  for (const { name, usage, help } of commands) {
    const explained = await run(`${name} --help`)
    expect(out).toContain(`countermand ${name} ${usage}\n    ${help}`)
    expect(explained).toMatchObject({ code: 0, err: '' })
    expect(explained.out).toContain('for example: npm run countermand -- ')
  }
})

test('the example in each help text is a command of that name, and is understood', async () => {
  for (const { name, example } of commands) {
    expect(example.startsWith(name)).toBe(true)
    await expectUnderstood(example.replace('countermand.yaml', exampleFile))
  }
})

test('what the README shows of the terminal is understood', async () => {
  const shown = readFileSync('README.md', 'utf8').matchAll(/npm run countermand -- ([^`\n]+)/g)
  const lines = [...shown].map(([, line = '']) =>
    (line.split(/ {2,}/)[0] ?? '').replaceAll(/<(\w+)>/g, standsFor),
  )

  for (const line of lines) await expectUnderstood(line)
  expect(lines).toContain('policy who checkout --at 22m')
})

test('incidents in examples look like those that are made', () => {
  const [named] = /inc-[\w-]+/.exec(commands.map(({ example }) => example).join('\n')) ?? []

  expect(shapeOf(named ?? '')).toBe(shapeOf(ids.incident(serviceId('checkout'))))
})

test.each([
  ['policy wo', 'policy who'],
  ['timelin verify', 'timeline verify'],
  ['policy', 'policy who'],
])('“%s” is not guessed, only offered as “%s”', async (typed, offered) => {
  const { code, out, err } = await run(typed)

  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(`There is no command “${typed}”. Did you mean “${offered}”?`)
})

test.each([
  'policy who --ta 3m checkout',
  'policy check a b',
  'timeline verify --all',
  'help nothing',
])('a mistyped “%s” ends with 2', async (line) => {
  expect((await run(line)).code).toBe(2)
})

test('what is away is said in one sentence', async () => {
  expect(await run('timeline verify')).toEqual({ code: 1, out: '', err: 'The database is away.' })
})
