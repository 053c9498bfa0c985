import fc from 'fast-check'

/** Texts that try to call people, to link, to hide, to break out or simply to be too long. */
const nasty: readonly string[] = [
  '<!channel> <!here> <!everyone>',
  '<@U0HACKED1> <#C0GENERAL> <!subteam^S0ADMINS1>',
  '<https://evil.example|https://grafana.shop.example>',
  'https://evil.example/x?a=1&b=2 www.evil.example mailto:a@evil.example',
  '@channel @here @everyone #general :rotating_light:',
  '&lt;!channel&gt; &amp;lt;!here&amp;gt;',
  '```\ncode``` `a` *bold* _it_ ~no~',
  '> quote\n> more\n• list',
  '\u202Egnp.exe\u202C \u200Bzero\u200Dwidth \uFEFF\u2066x\u2069',
  'nul\u0000 bell\u0007 lone\uD800 tail\uDC00',
  '{service} {{constructor.constructor}} ${process} %s $& $1',
  '=cmd()|calc <script>alert(1)</script> [x](javascript:alert(1))',
  'Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a\u0359lgo',
  '|'.repeat(40),
  '',
  ' ',
  '<'.repeat(3_500),
  '&'.repeat(40_000),
  '👩‍👩‍👧'.repeat(2_000),
  '`'.repeat(5_000),
]

export const hostileText = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.tuple(fc.constantFrom(...nasty), fc.constantFrom(...nasty)).map((both) => both.join(' ')),
)

/** Fields that hold words of people, platforms or configuration; ids and kinds stay as they are. */
const free = new Set(
  'acknowledged breakGlass by chosenBecause container detail done environment evidence how image message name names next note noun owner pod reason reference revision settles source statusComponent text title tool typed up voided wanted where why manager considered between available nearest down problems example services item'.split(
    ' ',
  ),
)
const kept = new Set(['identity', 'kind', 'phase', 'id', 'digest'])
const isPerson = (text: string): boolean => text.startsWith('T0SHOP000:')

/** The same value with each free text replaced by the next of `texts`. Lists are repeated to be long as well. */
export function poisoned<Value>(value: Value, texts: readonly string[], repeat = 1): Value {
  let index = 0
  const next = (): string => texts[index++ % texts.length] ?? ''
  const walk = (part: unknown, name: string): unknown => {
    if (typeof part === 'string')
      return free.has(name) && !kept.has(name) && !isPerson(part) && part !== 'countermand'
        ? next()
        : part
    if (Array.isArray(part)) {
      const items = part.map((item) => walk(item, name))
      return Array.from({ length: repeat }, () => items).flat()
    }
    if (typeof part !== 'object' || part === null || part instanceof Map) return part
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item, key)]))
  }
  return walk(value, '') as Value
}

const ours = [
  /<@U0(?:ONCALL1|LEAD001|MANAGE1|VP00001|VP00002|CEO0001|OUTSIDE)>/g,
  /<#C0INC0001>/g,
  /<https:\/\/(?:runbooks|grafana)\.shop\.example\/[^<>|]*\|[^<>]*>/g,
]

/** What in a message could call somebody, link somewhere or hide; empty when nothing can. */
export function dangers(message: unknown): readonly string[] {
  return [...textsOf(message, '')].flatMap(({ text, at, verbatim }) => {
    const rest = ours.reduce((left, allowed) => left.replace(allowed, ''), text)
    return [
      ...(/[<>]/.test(rest) ? [`${at}: a raw bracket`] : []),
      ...(/&(?!(?:amp|lt|gt);)/.test(rest) ? [`${at}: a raw ampersand`] : []),
      ...(/(?<!`[^`]*):\/\//.test(withoutCode(rest)) ? [`${at}: an address`] : []),
      ...(/(?<![\p{L}\p{N}])@(?:channel|here|everyone)/u.test(withoutCode(rest))
        ? [`${at}: a call`]
        : []),
      ...(/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/u.test(rest)
        ? [`${at}: a hidden character`]
        : []),
      ...(rest.isWellFormed() ? [] : [`${at}: half a character`]),
      ...(verbatim ? [] : [`${at}: not verbatim`]),
    ]
  })
}

const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, '')

interface Found {
  readonly text: string
  readonly at: string
  readonly verbatim: boolean
}

/** Every text that Slack reads as mrkdwn: the objects, and the plain text of the message. */
function* textsOf(part: unknown, at: string): Generator<Found> {
  if (typeof part !== 'object' || part === null) return
  const object = part as Record<string, unknown>
  if (object['type'] === 'mrkdwn' && typeof object['text'] === 'string')
    yield { text: object['text'], at, verbatim: object['verbatim'] === true }
  else if (at === '' && typeof object['text'] === 'string')
    yield { text: object['text'], at: '/text', verbatim: true }
  for (const [key, item] of Object.entries(object)) yield* textsOf(item, `${at}/${key}`)
}
