import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { parseConfigFile } from '#config/file.ts'

const example = readFileSync('docs/config.example.yaml', 'utf8')
const changed = (from: string, to: string) => {
  const text = example.replace(from, to)
  expect(text).not.toBe(example)
  return parseConfigFile('countermand.yaml', text)
}

test('people at a terminal are members of Slack, by their names at the issuer', () => {
  expect(parseConfigFile('countermand.yaml', example).content?.terminal).toEqual({
    workspace: 'T0EXAMPLE1',
    identity: {
      kind: 'oidc',
      issuer: 'https://login.shop.example',
      clientId: 'countermand-terminal',
      claim: 'email',
    },
    people: [
      { person: 'T0EXAMPLE1:U0LEAD1', is: ['lead@shop.example'], groups: [] },
      { person: 'T0EXAMPLE1:U0VP001', is: ['vp@shop.example'], groups: ['engineering'] },
    ],
  })
})

test.each([
  ['https://login.shop.example', 'http://login.shop.example', /must be the https:\/\/ address/],
  ['https://login.shop.example', 'https://me:secret@login.shop.example', /must be the https/],
  [
    'oidc: { issuer: "https://login.shop.example", clientId: countermand-terminal, claim: email }',
    'kubernetes: { cluster: nowhere }',
    /there is no cluster nowhere under clusters/,
  ],
  [
    'is: [vp@shop.example]',
    'is: [LEAD@shop.example]',
    /LEAD@shop\.example is U0LEAD1 already: one name is one person/,
  ],
  [
    'is: [vp@shop.example]',
    'is: ["system:serviceaccount:countermand:countermand"]',
    /is an account of the cluster, not a person/,
  ],
  ['U0VP001: { is', 'vp: { is', /must be a Slack member id/],
  [
    'claim: email }',
    'claim: email }\n    kubernetes: { cluster: prod }',
    /needs exactly one of oidc and kubernetes/,
  ],
])('what was %s is refused as %s', (from, to, why) => {
  expect(changed(from, to).problems.join('\n')).toMatch(why)
})
