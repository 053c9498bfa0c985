import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLog } from '#log.ts'
import { secretOfAnyKind } from './support/secrets.ts'

test('a record is one line of JSON with its level, time, message and fields', () => {
  const { log, records } = aLog()

  log.info({ service: 'checkout', pods: 12 }, 'rollback settled')

  expect(records()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      msg: 'rollback settled',
      service: 'checkout',
      pods: 12,
    },
  ])
})

test('an error is written with its kind, its stack and its cause', () => {
  const { log, records } = aLog()

  log.error({ err: new Error('cannot reach', { cause: new TypeError('reset') }) }, 'slack is away')

  expect(records()[0]).toMatchObject({
    level: 'error',
    err: {
      type: 'Error',
      message: expect.stringContaining('cannot reach'),
      stack: expect.any(String),
    },
  })
  expect(JSON.stringify(records())).toContain('reset')
})

test('no secret reaches a line: in messages, fields, keys, bound fields, errors, stacks and causes', () => {
  fc.assert(
    fc.property(secretOfAnyKind, ({ secret, text }) => {
      const { log, written } = aLog()

      log.info(text)
      log.info({ deep: [{ list: [text] }], [text]: 1 }, 'fields')
      log.child({ bound: text }).warn('bound')
      log.error(new Error(text, { cause: new Error(text) }))
      log.error({ err: Object.assign(new Error('x'), { config: { headers: text } }) }, 'properties')

      expect(written()).not.toContain(secret)
      expect(written()).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(written().trimEnd().split('\n')).toHaveLength(5)
    }),
    { numRuns: 300 },
  )
})

test('the exact secrets of the configuration never reach a line, however odd they look', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 8 }).filter((secret) => secret.trim().length >= 8),
      (secret) => {
        const { log, written } = aLog([secret])

        log.info({ note: `before ${secret} after` }, `said ${secret}`)

        const [line = ''] = written().split('\n')
        const { note, msg }: { note: string; msg: string } = JSON.parse(line)
        expect(note).not.toContain(secret)
        expect(msg).not.toContain(secret)
      },
    ),
  )
})

function aLog(secrets: readonly string[] = []) {
  let text = ''
  const log = createLog({ secrets, to: { write: (line) => void (text += line) } })
  const written = () => text
  return {
    log,
    written,
    records: () =>
      text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
  }
}
