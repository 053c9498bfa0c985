import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('./without-parent.ts', import.meta.url))
const started = (how: string) => fork(program, [how], { execArgv: [] })

test('a replica whose parent is gone stops in order', async () => {
  const child = started('stops')
  const ended = once(child, 'exit')
  await once(child, 'message')

  child.disconnect()

  expect(await ended).toEqual([0, null])
})

test('a replica whose parent is gone ends when it cannot stop', async () => {
  const child = started('hangs')
  const ended = once(child, 'exit')
  await once(child, 'message')

  child.disconnect()

  expect(await ended).toEqual([1, null])
})

test('a replica whose parent went while it started ends, too', async () => {
  expect(await once(started('left alone at once'), 'exit')).toEqual([1, null])
})
