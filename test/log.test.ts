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

test.each(['error', 'err', 'failError'])(
  'an error in the field “%s” is written with its kind, its message, its stack, its own fields and its causes',
  (field) => {
    const { log, records } = aLog()
    const reset = Object.assign(new TypeError('reset'), { code: 'ECONNRESET' })
    const away = new Error('away', { cause: reset })

    log.error({ [field]: Object.assign(away, { status: 503 }), task: 'advance' }, 'it failed')

    expect(records()).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        msg: 'it failed',
        task: 'advance',
        [field]: {
          type: 'Error',
          message: 'away',
          stack: expect.stringContaining('log.test.ts'),
          status: 503,
          cause: {
            type: 'TypeError',
            message: 'reset',
            stack: expect.stringContaining('log.test.ts'),
            code: 'ECONNRESET',
          },
        },
      },
    ])
  },
)

test('an error by itself, several that are one, and one that an error holds in a field are written, too', () => {
  const { log, records } = aLog()

  log.error(new Error('alone'))
  log.error({ error: new AggregateError([new Error('v6 reset'), 'v4 reset'], 'both') }, 'several')
  log.error({ error: Object.assign(new Error('outer'), { original: new Error('inner') }) }, 'held')

  expect(records()).toMatchObject([
    { msg: 'alone', err: { message: 'alone', stack: expect.any(String) } },
    { error: { message: 'both', errors: [{ message: 'v6 reset' }, 'v4 reset'] } },
    { error: { message: 'outer', original: { message: 'inner' } } },
  ])
})

test('errors that hold each other come to an end', () => {
  const { log, records } = aLog()
  const [one, other] = [new Error('one'), new Error('other')]
  one.cause = other
  other.cause = one

  log.warn({ error: one }, 'round and round')

  expect(records()).toMatchObject([
    { msg: 'round and round', error: { message: 'one', cause: { message: 'other' } } },
  ])
})

test('no secret reaches a line: in messages, fields, keys, bound fields, errors, stacks and causes', () => {
  fc.assert(
    fc.property(secretOfAnyKind, ({ secret, text }) => {
      const { log, written } = aLog()

      log.info(text)
      log.info({ deep: [{ list: [text] }], [text]: 1 }, 'fields')
      log.child({ bound: text }).warn('bound')
      log.error(new Error(text, { cause: new Error(text) }))
      for (const field of ['error', 'err', 'failError']) {
        const cause = Object.assign(new Error(text), { detail: text })
        const held = { headers: { list: [text] } }
        log.error({ [field]: Object.assign(new Error(text, { cause }), held) }, 'held')
      }

      expect(written()).not.toContain(secret)
      expect(written()).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(written().trimEnd().split('\n')).toHaveLength(7)
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

        const said = `said ${secret}`
        const error = new Error(said, { cause: new Error(said) })
        log.error({ note: `before ${secret} after`, error }, said)

        const [line = ''] = written().split('\n')
        const { note, msg, error: told }: ErrorRecord = JSON.parse(line)
        for (const text of [note, msg, told.message, told.cause.message, told.cause.stack])
          expect(text).not.toContain(secret)
      },
    ),
  )
})

interface ErrorRecord {
  readonly note: string
  readonly msg: string
  readonly error: {
    readonly message: string
    readonly cause: { readonly message: string; readonly stack: string }
  }
}

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
