import { expect, test } from 'vitest'
import { start } from '../bin/support.ts'

const nothing = {
  NODE_ENV: '',
  SLACK_BOT_TOKEN: '',
  SLACK_SIGNING_SECRET: '',
  SLACK_APP_TOKEN: '',
  DATABASE_URL: '',
  COUNTERMAND_CONFIG: '',
  COUNTERMAND_KEY: '',
}

test('the real program answers from its configuration alone, and passes its exit code on', async () => {
  const who = start(
    '.',
    ['bin/countermand.mjs', 'policy', 'who', 'checkout', '--at', '22m'],
    nothing,
  )
  const mistyped = start('.', ['bin/countermand.mjs', 'polcy'], nothing)

  expect(await who.ended).toMatchObject({
    code: 0,
    out: expect.stringContaining('now   team lead'),
    err: '',
  })
  expect(await mistyped.ended).toMatchObject({ code: 2, out: '' })
})

test('npm run countermand without words says what can be asked and how to start, and starts nothing', async () => {
  const ended = await start('.', ['bin/countermand.mjs'], {
    ...nothing,
    NODE_ENV: 'production',
    npm_lifecycle_event: 'countermand',
  }).ended

  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(ended.out).toMatch(/^npm start +start/m)
  expect(ended.out).toContain('countermand policy who')
})

test('the real program does not start in production with anything missing, and lists all of it', async () => {
  const ended = await start('.', ['bin/countermand.mjs'], { ...nothing, NODE_ENV: 'production' })
    .ended

  expect(ended.code).toBe(1)
  expect(ended.err.match(/^ {2}- [A-Z_]+ is missing/gm)).toHaveLength(5)
})
