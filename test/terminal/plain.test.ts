import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { plainText } from '../../src/terminal/plain.ts'

const names = new Map([['U0LEAD001', 'lena@shop.example']])
const shown = (markup: string): string =>
  plainText(
    { text: markup, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: markup } }] },
    (user) => names.get(user),
  )

test('every refusal reads at the terminal as it does in Slack', async () => {
  const golden = readFileSync('test/golden/views/refusals.txt', 'utf8')
  const rows = [...golden.matchAll(/^== (\w+)\n(.+)$/gm)]
  const text = rows.map(([, kind = '', sentence = '']) => `== ${kind}\n${shown(sentence)}\n`)

  expect(rows.length).toBeGreaterThan(12)
  await expect(text.join('\n')).toMatchFileSnapshot('../golden/cli/refusals.txt')
})

test('people, places and links are named, marks go, and what was escaped is itself again', () => {
  expect(shown('*Team lead* <@U0LEAD001>, <@U0OTHER01> in <#C0123ABCD>')).toBe(
    'Team lead @lena@shop.example, @U0OTHER01 in #C0123ABCD',
  )
  expect(shown('<https://wiki.shop.example/a|runbook> `a&lt;b` &amp;amp; www\u2060.x')).toBe(
    'runbook (https://wiki.shop.example/a) a<b &amp; www.x',
  )
})

test('buttons are left out, headers are underlined', () => {
  const text = plainText(
    {
      text: 'unused',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Roll back' } },
        {
          type: 'actions',
          elements: [{ type: 'button', text: { type: 'plain_text', text: 'Approve' } }],
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'plan *3f9a*' }] },
      ],
    },
    () => undefined,
  )

  expect(text).toBe('Roll back\n─────────\nplan 3f9a')
})

test('a message without blocks is its text', () => {
  expect(plainText({ text: '*done*', blocks: [] }, () => undefined)).toBe('done')
})
