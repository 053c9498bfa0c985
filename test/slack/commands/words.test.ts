import fc from 'fast-check'
import { expect, test } from 'vitest'
import { personId, serviceId } from '#domain/ids.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import { momentOf } from '#slack/commands/moments.ts'
import { rollbackWords } from '#slack/commands/rollback-words.ts'
import { wordsOf } from '#slack/commands/words.ts'
import { aService } from '../../support/builders.ts'

const now = fromDate(new Date('2026-11-21T14:30:00Z'))
const names = ['checkout', 'checkout-api', 'payments']
const around = {
  command: '/rollback',
  catalogue: new Map(names.map((name) => [name, { ...aService(), id: serviceId(name) }])),
  by: personId('T1:U1'),
  now,
}
const read = (typed: string) => rollbackWords(wordsOf(typed), around)
const request = (typed: string) => {
  const asked = read(typed)
  if (asked.kind !== 'request') throw new Error(`no request: ${JSON.stringify(asked)}`)
  return asked
}
const answer = (typed: string) => {
  const asked = read(typed)
  if (asked.kind !== 'answer') throw new Error(`no answer: ${JSON.stringify(asked)}`)
  return asked.answer
}
const problems = (typed: string): readonly string[] => {
  const said = answer(typed)
  if (said.kind !== 'usage') throw new Error(`no usage: ${JSON.stringify(said)}`)
  return said.problems
}
const utc = (text: string): Instant => fromDate(new Date(text))

test('a service alone is enough', () => {
  expect(request('checkout').request).toMatchObject({ service: 'checkout', to: undefined })
})

test('nothing at all opens the form', () => {
  expect(read('  ')).toMatchObject({ kind: 'form' })
})

test('flags without a service open the form with what was typed', () => {
  expect(read('--severity high --reason slow')).toMatchObject({
    kind: 'form',
    reason: 'slow',
    severity: 'high',
  })
})

test.each([
  ['--reason "errors after deploy"'],
  ['--reason “errors after deploy”'],
  ['--reason „errors after deploy“'],
  ["--reason 'errors after deploy'"],
  ['—reason errors after deploy'],
  ['–reason errors after deploy'],
  ['--reason="errors after deploy"'],
  ['--reason errors after deploy --severity high'],
])('what phones and keyboards make of a flag is understood: %s', (typed) => {
  expect(request(`checkout ${typed}`).request.reason).toBe('errors after deploy')
})

test('a reason keeps its apostrophes, dashes and figures', () => {
  const { reason } = request("checkout --reason it's bad - 5xx up -3 % since v2.3.0").request

  expect(reason).toBe("it's bad - 5xx up -3 % since v2.3.0")
})

test('what Slack escapes is text again', () => {
  const typed =
    'checkout --reason a &lt;b&gt; &amp; c, see <http://x.example|x.example> and <@U123|ada>'

  expect(request(typed).request.reason).toBe('a <b> & c, see x.example and <@U123|ada>')
})

test('an image tag that Slack took for an address is a tag', () => {
  expect(request('checkout --to <http://2.2.1.dev|2.2.1.dev>').request.to).toBe('2.2.1.dev')
})

test.each([
  ['T061', 'foo; rm -rf /'],
  ['T061', '`checkout`'],
  ['T061', '$(checkout)'],
  ['T061', 'checkout|payments'],
  ['T062', '-n kube-system'],
  ['T062', '--kubeconfig=/etc/passwd'],
  ['T062', '-checkout'],
  ['T063', 'сheckout'],
  ['T063', 'ｃheckout'],
  ['T063', 'check\u200Bout'],
  ['T063', '\u202Echeckout'],
  ['T065', 'Checkout'],
  ['T065', 'chekout'],
  ['T066', '../checkout'],
])('%s “%s” is no service', (_threat, typed) => {
  expect(read(typed).kind).toBe('answer')
})

test('T065 a near name is offered and never picked', () => {
  expect(answer('chekout')).toEqual({
    kind: 'unknown_service',
    typed: 'chekout',
    nearest: ['checkout'],
  })
})

test.each(['latest', '-1', '0', '007', '9007199254740993', 'sha256:12', 'a b', '../x', 'LATEST'])(
  'T067 --to %s is refused',
  (to) => {
    expect(problems(`checkout --to="${to}"`)).toHaveLength(1)
  },
)

test.each(['41', 'v2.2.1', '2.2.1', `sha256:${'a'.repeat(64)}`])('--to %s is taken', (to) => {
  expect(request(`checkout --to ${to}`).request.to).toBe(to)
})

test.each([
  ['checkout --to latest', '/rollback checkout --to 41'],
  ['payments --severity bad', '/rollback payments --severity high'],
  ['checkout --at soon', '/rollback checkout --at 22:00'],
  ['checkout now please', '/rollback checkout --reason "errors after deploy"'],
])('what was not understood is shown as it is typed: %s', (typed, example) => {
  expect(answer(typed)).toMatchObject({ kind: 'usage', example })
  expect(read(example.replace('/rollback ', '')).kind).toBe('request')
})

test.each([
  ['statsu', ['/rollback status']],
  ['hepl', ['/rollback help']],
  ['statsu checkout', ['/rollback status']],
  ['postmorten --reason x', ['/rollback postmortem']],
])('a mistyped subcommand is offered, never picked: %s', (typed, commands) => {
  expect(answer(typed)).toMatchObject({ kind: 'unknown_service', nearest: [], commands })
})

test('a service is one, however much its name looks like a subcommand', () => {
  const catalogue = new Map([['statsu', { ...aService(), id: serviceId('statsu') }]])

  expect(rollbackWords(wordsOf('statsu'), { ...around, catalogue })).toMatchObject({
    kind: 'request',
    request: { service: 'statsu' },
  })
})

test('an unknown flag is answered in one sentence with the nearest one', () => {
  expect(problems('checkout --resaon x')).toEqual([
    'There is no --resaon: did you mean --reason?',
    '“x” is no service that is configured. Put a reason behind --reason.',
  ])
})

test('every problem is named at once', () => {
  expect(problems('checkout --severity hihg --to latest --since never --at someday')).toEqual([
    expect.stringContaining('--to takes'),
    '--severity is one of low, medium, high, critical; did you mean high?',
    expect.stringContaining('--since takes'),
    expect.stringContaining('--at takes a time in UTC'),
  ])
})

test.each(['next window', 'the next change window', 'Next Window', '"next window"'])(
  '--at %s waits for the next change window',
  (words) => {
    expect(request(`checkout --at ${words} --reason x`).request.notBefore).toBe('next window')
  },
)

test('a time of day around midnight is yesterday’s, one that is still to come is not taken for yesterday’s', () => {
  expect(momentOf('23:50', utc('2026-11-21T00:10:00Z'), 'back')).toBe(utc('2026-11-20T23:50:00Z'))
  // 14:59 in Berlin, typed at 14:59 there: the workflow refuses a start that lies ahead.
  expect(momentOf('14:59', utc('2026-11-21T13:59:00Z'), 'back')).toBe(utc('2026-11-21T14:59:00Z'))
})

test('a time that has passed and a time without a service are problems', () => {
  expect(problems('checkout --at 2026-11-20T22:00Z')[0]).toContain('lies in the past')
  expect(problems('--at 22:00')[0]).toContain('needs a service')
})

test.each(['--dry-run', '--since 10m'])(
  'what the form cannot carry is never dropped: %s',
  (typed) => {
    expect(problems(typed)).toEqual([
      `${typed.split(' ')[0]} needs a service in front of it; or leave it out and choose in the form.`,
    ])
  },
)

test('a version that cannot be one is repeated, whatever it is', () => {
  expect(problems('checkout --to -1')).toEqual([
    '--to takes a revision number, an image tag or at least 12 figures of a sha256: digest; “-1” names no version that stays.',
  ])
})

test('a flag given twice, one without its value and one with a value too many are problems', () => {
  expect(problems('checkout --to 1 --to 2')[0]).toContain('twice')
  expect(problems('checkout --to')[0]).toContain('needs a value')
  expect(problems('checkout --dry-run=yes')[0]).toContain('takes no value')
})

test.each([
  ['10m', 'back', '2026-11-21T14:20:00Z'],
  ['1h30m', 'back', '2026-11-21T13:00:00Z'],
  ['10 min ago', 'back', '2026-11-21T14:20:00Z'],
  ['14:20', 'back', '2026-11-21T14:20:00Z'],
  ['14:20 UTC', 'back', '2026-11-21T14:20:00Z'],
  ['02:40', 'back', '2026-11-21T02:40:00Z'],
  ['22:00', 'forward', '2026-11-21T22:00:00Z'],
  ['02:00', 'forward', '2026-11-22T02:00:00Z'],
  ['in 2h', 'forward', '2026-11-21T16:30:00Z'],
  ['2026-11-21T14:20Z', 'back', '2026-11-21T14:20:00Z'],
  ['2026-11-21 15:20+01:00', 'back', '2026-11-21T14:20:00Z'],
] as const)('%s, looking %s, is %s', (typed, direction, expected) => {
  expect(momentOf(typed, now, direction)).toBe(utc(expected))
})

test.each(['', 'soon', '25:00', '14:60', '2026-02-30T10:00Z', '2026-11-21T14:20', '1e3', '-5m'])(
  '“%s” is no moment',
  (typed) => {
    expect(momentOf(typed, now, 'back')).toBeUndefined()
  },
)

const typing = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      'checkout',
      '--to',
      '--reason',
      '—reason',
      '"',
      '“',
      '<@U1|x>',
      '&lt;',
      ' ',
      '-',
      '=',
    ),
  ),
  { maxLength: 20 },
)

test('whatever is typed, nothing throws and no service comes out that was not typed exactly', () => {
  fc.assert(
    fc.property(typing, fc.constantFrom('', ' '), (parts, glue) => {
      const typed = parts.join(glue)
      const asked = read(typed)
      const services = asked.kind === 'request' ? [asked.request.service] : []

      expect(services.filter((name) => !(typed.includes(name) && names.includes(name)))).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

test('every word of a plain text comes out as it went in', () => {
  const plain = fc.array(fc.stringMatching(/^[a-z0-9.]{1,10}$/), { maxLength: 10 })

  fc.assert(
    fc.property(plain, (list) => {
      expect(wordsOf(list.join('  ')).map(({ text }) => text)).toEqual(list)
    }),
  )
})
