import { expect, test } from 'vitest'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { nginx } from '#executors/nginx/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import { freshWorlds } from './world.ts'

const aWorld = freshWorlds()
/** Ends when it is ended, and not before. */
const hanging = ['bash', '-c', 'exec sleep 600'] as const

test('a test of nginx that does not end is not waited for when somebody decides otherwise: the file is as it was, and nginx was not told', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const before = world.text()
  const decided = new AbortController()
  const executor = nginx({
    program: nginxProgram({ program: hanging }),
    revisions: world.record.revisions,
    servedLongMicros: 1,
    scrub: (text) => text,
  })

  const applied = executor
    .apply(steps[0]?.change ?? null, 'rb_1.0', decided.signal)
    .catch((error: unknown) => error)
  await expect.poll(world.text).not.toBe(before)
  decided.abort()
  const ended = await applied

  expect(ended).toMatchObject({ message: 'nginx’s test is no longer waited for' })
  expect(world.text()).toBe(before)
  expect(world.pretend.commands).not.toContain('-s reload')
})

test('what is only read of Compose ends with whoever waits for it', async () => {
  const decided = new AbortController()
  const compose = composeCommand({ connection: { socket: '/nowhere' }, program: hanging })
  const asked = { project: 'shop', directory: '/', files: ['compose.yaml'] }
  const { signal } = decided

  const all = Promise.allSettled([
    compose.version(signal),
    compose.hash(asked, 'checkout', { image: 'a:1' }, signal),
    compose.config(asked, signal),
  ])
  decided.abort()

  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
