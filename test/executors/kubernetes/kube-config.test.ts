import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  const { connect } = await import('#executors/kubernetes/connection.ts')
  const generated = loaded.filter((url) => /client-node\\/dist\\/gen\\//.test(url))
  console.log(JSON.stringify({
    connects: typeof connect,
    models: generated.filter((url) => url.includes('/models/')).length,
    apis: generated.filter((url) => url.includes('/apis/')).length,
    files: generated.length,
  }))
`

test('of the Kubernetes library, nothing is loaded that nobody uses: neither models nor clients of each kind', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)) },
  )

  const found = JSON.parse(stdout)
  expect(found).toMatchObject({ connects: 'function', models: 0, apis: 0 })
  expect(found.files).toBeLessThan(20)
})
