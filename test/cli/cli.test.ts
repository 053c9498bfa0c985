import { expect, test } from 'vitest'
import { commands } from '#cli/index.ts'
import { run } from './support.ts'

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

test('the example in each help text is a command of that name', () => {
  expect(commands.filter(({ name, example }) => !example.startsWith(name))).toEqual([])
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
