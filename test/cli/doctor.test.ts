import { expect, test } from 'vitest'
import type { Examination, Part } from '#cli/command.ts'
import type { Finding } from '#ports/finding.ts'
import { run } from './support.ts'

const fine: Finding = { result: 'fine', text: 'is there' }
const note: Finding = { result: 'note', text: 'is old', remedy: 'renew it some day' }
const wrong: Finding = { result: 'wrong', text: 'is away.', remedy: 'bring it back' }

const doctor = (parts: Examination, words = '') =>
  run(`doctor ${words}`, { openExamination: async () => parts })

test('each finding is a line, in the order of the parts, with what to do and a verdict at the end', async () => {
  const slow = Promise.withResolvers<readonly Finding[]>()
  const parts = [
    part('Database', () => slow.promise),
    part('Slack', async () => {
      slow.resolve([fine])
      return [note, wrong]
    }),
  ]

  expect(await doctor(parts)).toEqual({
    code: 1,
    out: '✓ Database: is there\n! Slack: is old – renew it some day\n✗ Slack: is away – bring it back\n\n1 problem, 1 note.',
    err: '',
  })
})

test('notes are no failure', async () => {
  expect(await doctor([part('Slack', async () => [note])])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\n\nEverything is in place, 1 note\.$/),
  })
})

test('a part that fails is a finding itself, and the others go on', async () => {
  const parts = [
    part('Database', () => Promise.reject(new Error('it fell over'))),
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => part(name, async () => [fine])),
  ]

  const { code, out } = await doctor(parts)

  expect(code).toBe(1)
  expect(out.split('\n')[0]).toBe('✗ Database: cannot be looked at: it fell over')
  expect(out).toContain('✓ f: is there')
})

test('a few parts are looked at side by side, never all at once', async () => {
  let [now, most] = [0, 0]
  const parts = Array.from({ length: 12 }, (_, index) =>
    part(`part ${index}`, async () => {
      most = Math.max(most, (now += 1))
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return [fine]
    }),
  )

  const { out } = await doctor(parts)

  expect(out.match(/✓/g)).toHaveLength(12)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})

test('a part that takes long holds up its line alone: all others are looked at meanwhile', async () => {
  const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const looked: string[] = []
  const slow = Promise.withResolvers<readonly Finding[]>()
  const parts = [
    part('Database', () => slow.promise),
    ...others.map((name) =>
      part(name, async () => {
        looked.push(name)
        if (looked.length === others.length) slow.resolve([fine])
        return [fine]
      }),
    ),
  ]

  const { out } = await doctor(parts)

  expect(out.split('\n')[0]).toBe('✓ Database: is there')
  expect(looked).toEqual(others)
})

test('the file that is named is the one that is examined', async () => {
  const asked: (string | undefined)[] = []
  const openExamination = async (path: string | undefined) => {
    asked.push(path)
    return []
  }

  await run('doctor', { openExamination })
  await run('doctor --config shop.yaml', { openExamination })

  expect(asked).toEqual([undefined, 'shop.yaml'])
})

test.each(['doctor now', 'doctor --jsno'])(
  '“%s” is mistyped, and nothing is looked at',
  async (line) => {
    expect(
      await run(line, { openExamination: () => Promise.reject(new Error('looked')) }),
    ).toMatchObject({ code: 2, out: '' })
  },
)

const part = (about: string, look: Part['look']): Part => ({ about, look })
