import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { commandWords } from '#domain/catalogue.ts'
import { slashCommands } from '#slack/commands/index.ts'
import { botScopes } from '#slack/scopes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = (path: string): string => readFileSync(join(root, path), 'utf8')

const Manifest = z.object({
  features: z.object({
    slash_commands: z.array(
      z.object({
        command: z.string(),
        description: z.string(),
        usage_hint: z.string(),
        should_escape: z.boolean(),
        url: z.string(),
      }),
    ),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    interactivity: z.object({ request_url: z.string() }),
    event_subscriptions: z.unknown().optional(),
  }),
})
const manifest = Manifest.parse(parse(text('manifest.yml')))
const names = { rollback: '/rollback', assess: '/assess', promote: '/promote' }

/** What each Web API method needs, as Slack's documentation says. Arguments decide where there are several. */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'bookmarks.add': ['bookmarks:write'],
  'bots.info': ['users:read'],
  'chat.delete': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  // Public channels: the code never asks for a private one.
  'conversations.create': ['channels:manage'],
  // Read only where it is not known whether a message of ours was taken.
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.invite': ['channels:manage'],
  'conversations.join': ['channels:join'],
  'conversations.list': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'conversations.setTopic': ['channels:manage'],
  filesUploadV2: ['files:write'],
  'pins.add': ['pins:write'],
  'usergroups.list': ['usergroups:read'],
  'usergroups.users.list': ['usergroups:read'],
  // The address is what two accounts of one person share.
  'users.info': ['users:read', 'users:read.email'],
  'views.open': [],
  'views.update': [],
}

test('the manifest is one that Slack takes', () => {
  const check = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    JSON.parse(text('test/fixtures/slack-manifest.schema.2.0.0.json')),
  )

  check(parse(text('manifest.yml')))

  expect(check.errors).toBeNull()
})

test('the commands of the manifest are those of the registry, word for word', () => {
  const registered = slashCommands(names).map(({ name, description, usageHint }) => ({
    command: name,
    description,
    usage_hint: usageHint,
  }))

  const listed = manifest.features.slash_commands.map(({ command, description, usage_hint }) => ({
    command,
    description,
    usage_hint,
  }))

  expect(listed).toEqual(registered)
})

test('the words that no service may be called are those of the registry', () => {
  const words = slashCommands(names).flatMap(({ subcommands }) =>
    subcommands.map(({ name }) => name).filter((name) => name !== ''),
  )

  expect([...new Set(words)]).toEqual(commandWords)
})

test('T042 every command asks Slack for ids instead of names, which people choose themselves', () => {
  expect(manifest.features.slash_commands.map((one) => one.should_escape)).not.toContain(false)
})

test('the scopes are exactly those that the code uses', () => {
  const used = usedMethods()
  const unknown = used.filter((method) => !Object.hasOwn(scopesOf, method))
  const needed = new Set(['commands', ...used.flatMap((method) => scopesOf[method] ?? [])])

  expect(used.length).toBeGreaterThan(10)
  expect(unknown).toEqual([])
  expect(manifest.oauth_config.scopes.bot).toEqual([...needed].toSorted())
  expect(botScopes).toEqual(manifest.oauth_config.scopes.bot)
})

test('no scope is kept for a method that is not used any more', () => {
  expect(Object.keys(scopesOf).toSorted()).toEqual(usedMethods())
})

test('no event is subscribed to that nothing listens for', () => {
  expect(manifest.settings.event_subscriptions).toBeUndefined()
})

test('everything Slack sends goes to the one address', () => {
  const addresses = [
    manifest.settings.interactivity.request_url,
    ...manifest.features.slash_commands.map(({ url }) => url),
  ]

  expect(addresses.filter((url) => !url.endsWith('/slack/events'))).toEqual([])
})

test('other names of the commands reach the registry', () => {
  const renamed = slashCommands({ rollback: '/rb', assess: '/as', promote: '/pr' })

  expect(renamed.map(({ name }) => name)).toEqual(['/rb', '/as', '/pr'])
})

/** Every `client.a.b(` of the parts that talk to Slack. */
function usedMethods(): readonly string[] {
  const calls = ['src/slack', 'src/directory', 'src/announcers'].flatMap((folder) =>
    sources(folder).flatMap((path) =>
      [...text(path).matchAll(/\bclient\s*\.((?:[a-z]+\.)+[a-zA-Z]+|filesUploadV2)\(/g)].map(
        ([, method = '']) => method,
      ),
    ),
  )
  return [...new Set(calls)].toSorted()
}

function sources(folder: string): readonly string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}
