import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, secretsOf } from '#config.ts'
import { aFile, aSlackEnvironment, configOf, problemsOf } from './support.ts'

test('without any Slack variable outside production the sandbox opens', () => {
  const config = configOf({})

  expect(config.mode).toBe('sandbox')
  expect(config.database).toEqual({ kind: 'embedded' })
  expect(config.slack.botToken).toMatch(/^xoxb-sandbox-/)
})

test('the sandbox needs no file at all', () => {
  const loaded = loadConfig({})

  expect(loaded.ok && loaded.config.catalogue.size).toBe(0)
})

test('the sandbox’s own file is for the sandbox only', () => {
  const sandboxFile = { name: 'sandbox.yaml', text: aFile() }

  const sandbox = loadConfig({}, { sandboxFile })
  const bot = loadConfig(aSlackEnvironment, { sandboxFile })

  expect(sandbox.ok && sandbox.config.catalogue.size).toBe(1)
  expect(bot).toMatchObject({
    ok: false,
    content: undefined,
    problems: [expect.stringContaining('COUNTERMAND_CONFIG is missing')],
  })
})

test('an empty Slack variable counts as absent', () => {
  expect(configOf({ SLACK_BOT_TOKEN: '', SLACK_SIGNING_SECRET: ' ' }).mode).toBe('sandbox')
})

test('in production every missing variable is named at once, with what to do', () => {
  const loaded = loadConfig({ NODE_ENV: 'production' })

  const problems = loaded.ok ? [] : loaded.problems
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'SLACK_BOT_TOKEN',
    'SLACK_SIGNING_SECRET',
    'DATABASE_URL',
    'COUNTERMAND_KEY',
    'COUNTERMAND_CONFIG',
  ])
  expect(problems.every((problem) => / is missing: .{20,}/.test(problem))).toBe(true)
})

test('one Slack variable without the others is a start that cannot work, not a sandbox', () => {
  expect(problemsOf(aFile(), { SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdef' })).toEqual([
    expect.stringContaining('SLACK_SIGNING_SECRET is missing'),
  ])
})

test('several database servers in one variable are refused with the way out', () => {
  const url = 'postgres://u:hunter2hunter2@db-1:5432,db-2:5432/x?target_session_attrs=read-write'
  const loaded = loadConfig({ ...aSlackEnvironment, DATABASE_URL: url })

  const problems = loaded.ok ? [] : loaded.problems
  expect(problems).toContainEqual(
    expect.stringContaining('DATABASE_URL names several servers: give it the one address'),
  )
  expect(problems.join()).not.toContain('hunter2')
})

test('Socket Mode needs no signing secret', () => {
  const config = configOf({
    SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdef',
    SLACK_APP_TOKEN: 'xapp-1-A0000-abcdef',
  })

  expect(config.slack).toMatchObject({ signingSecrets: [], appToken: 'xapp-1-A0000-abcdef' })
})

test('while a signing secret is changed the current one comes first', () => {
  const config = configOf({
    ...aSlackEnvironment,
    SLACK_SIGNING_SECRET: 'b'.repeat(32),
    SLACK_SIGNING_SECRET_PREVIOUS: 'a'.repeat(32),
  })

  expect(config.slack.signingSecrets).toEqual(['b'.repeat(32), 'a'.repeat(32)])
})

test('a secret may stand in a file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'countermand-')), 'token')
  writeFileSync(path, 'xoxb-from-a-file-1234\n')

  const { SLACK_BOT_TOKEN: _, ...others } = aSlackEnvironment
  const config = configOf({ ...others, SLACK_BOT_TOKEN_FILE: path })

  expect(config.slack.botToken).toBe('xoxb-from-a-file-1234')
})

test('a secret in two places, an unreadable and an empty secret file are problems', () => {
  const empty = join(mkdtempSync(join(tmpdir(), 'countermand-')), 'empty')
  writeFileSync(empty, '\n')

  expect(
    problemsOf(aFile(), { ...aSlackEnvironment, SLACK_BOT_TOKEN_FILE: '/nowhere/token' }),
  ).toEqual([expect.stringContaining('Both SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE')])
  expect(
    problemsOf(aFile(), {
      ...aSlackEnvironment,
      DATABASE_URL_FILE: '/nowhere/url',
      COUNTERMAND_KEY_FILE: empty,
    }),
  ).toEqual([
    expect.stringContaining('DATABASE_URL_FILE names a file that cannot be read (ENOENT)'),
    expect.stringContaining('COUNTERMAND_KEY_FILE names an empty file'),
  ])
})

test.each([
  ['SLACK_BOT_TOKEN', 'xoxp-a-user-token-1234'],
  ['SLACK_SIGNING_SECRET', 'short'],
  ['SLACK_APP_TOKEN', 'xoxb-not-an-app-token'],
  ['SLACK_API_URL', 'slack.example'],
  ['DATABASE_URL', 'mysql://root:hunter2hunter2@db/x'],
  ['DATABASE_URL', 'postgres://u:p#assword-hunter2@db/x'],
  ['COUNTERMAND_KEY', 'hunter2'],
  ['COUNTERMAND_KEY', '0'.repeat(64)],
  ['PORT', '70000'],
  ['METRICS_PORT', '3e3'],
])('a wrong %s is a problem that does not repeat the value', (name, value) => {
  const problems = problemsOf(aFile(), { ...aSlackEnvironment, [name]: value })

  expect(problems).toEqual([expect.stringContaining(name)])
  expect(problems.join()).not.toContain(value)
})

test('both ports may not be the same', () => {
  expect(problemsOf(aFile(), { PORT: '4000', METRICS_PORT: '4000' })).toEqual([
    'PORT and METRICS_PORT must differ.',
  ])
})

test('T159 in production tokens never travel in clear, and made-up ones are refused', () => {
  const production = {
    ...aSlackEnvironment,
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://u:p@db/x',
    COUNTERMAND_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64'),
  }

  expect(loadConfig(production, { file: { name: 'x.yaml', text: aFile() } }).ok).toBe(true)
  expect(
    problemsOf(aFile(), {
      ...production,
      SLACK_API_URL: 'http://slack.example/api/',
      SLACK_BOT_TOKEN: 'xoxb-sandbox-123456',
    }),
  ).toEqual([
    expect.stringContaining('SLACK_BOT_TOKEN is no bot token'),
    expect.stringContaining('SLACK_API_URL must be a full https:// address'),
  ])
})

test('problems of the environment and of the file are shown together', () => {
  const problems = problemsOf(aFile({ timezone: 'Mars/Base' }), { PORT: 'x' })

  expect(problems).toEqual([
    expect.stringContaining('PORT'),
    expect.stringContaining('x.yaml:2: timezone: must be a time zone'),
  ])
})

test('every secret of the configuration is known to whoever must keep it out of texts', () => {
  const config = configOf({
    ...aSlackEnvironment,
    DATABASE_URL: 'postgres://u:p%40ss-word@db/x',
    AWS_REGION: 'eu-central-1',
    AWS_SECRET_ACCESS_KEY: 'of-a-cloud',
    PGPASSWORD: 'of-a-database',
  })

  expect(secretsOf(config)).toEqual([
    aSlackEnvironment.SLACK_BOT_TOKEN,
    aSlackEnvironment.SLACK_SIGNING_SECRET,
    'of-a-cloud',
    'of-a-database',
    'p@ss-word',
    'p%40ss-word',
  ])
})
