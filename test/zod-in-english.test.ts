import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  await import('./src/zod-in-english.ts')
  const { z } = await import('zod')
  console.log(JSON.stringify({
    says: z.string().safeParse(1).error.issues[0].message,
    languages: loaded.filter((url) => /zod\\/v4\\/locales\\/[a-z]{2,3}(-[A-Z]+)?\\.js$/.test(url)).map((url) => url.split('/').at(-1)),
  }))
`

test('of what zod can say in fifty languages, one is loaded', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  )

  expect(JSON.parse(stdout)).toEqual({
    says: 'Invalid input: expected string, received number',
    languages: ['en.js'],
  })
})
