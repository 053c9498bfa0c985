import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { flagProvider } from '#flags/index.ts'
import {
  type Dialect,
  type FlagAnswer,
  type FlagRequest,
  startFlags,
} from '#sandbox/flags/server.ts'
import { dialects, token } from '../executors/flag/world.ts'

const Types = z.record(z.string(), z.record(z.string(), z.string()))
type Types = z.infer<typeof Types>
const Published = z.record(
  z.enum(['launchDarkly', 'flagsmith', 'flipt']),
  z.object({
    requests: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        query: z.array(z.string()),
        contentType: z.string().optional(),
        request: z.string().optional(),
        answer: z.string(),
      }),
    ),
    types: Types,
  }),
)
const published = Published.parse(
  JSON.parse(readFileSync('test/fixtures/flags/published.json', 'utf8')),
)

interface Exchange {
  readonly request: FlagRequest
  readonly answer: FlagAnswer
}

test.each(['launchDarkly', 'flagsmith', 'flipt'] as const)(
  '%s is asked, and answers here, as its vendor publishes',
  async (kind) => {
    const { requests, types } = published[kind]
    const seen: Exchange[] = []
    const dialect: Dialect = (request, store, known) => {
      const answer = dialects[kind](request, store, known)
      seen.push({ request, answer })
      return answer
    }
    const pretend = await startFlags({ dialect, token })
    const rules = [
      { id: 'rule-1', share: 25 },
      { id: 'rule-2', share: 10 },
    ]
    const overrides = Array.from({ length: 12 }, (_, id) => ({ id, isOn: false }))
    pretend.store.add({ key: 'new-checkout', rules, overrides })

    await switched(kind, pretend.url, false)
    await switched(kind, pretend.url, true)
    await pretend.close()

    const used = new Set<string>()
    const deviations = seen.flatMap(({ request, answer }) => {
      const path = `/${request.path.join('/')}`
      const found = requests.find(
        (one) => one.method === request.method && patternOf(one.path).test(path),
      )
      if (!found) return [`${request.method} ${path} is not published`]
      used.add(`${found.method} ${found.path}`)
      const unknown = [...request.query.keys()].filter((name) => !found.query.includes(name))
      const type = request.headers['content-type']
      return [
        ...unknown.map((name) => `${path} knows no ?${name}`),
        ...(type === found.contentType ? [] : [`${path} is sent ${type}`]),
        ...(found.request ? strange(request.body, found.request, types, 'request', true) : []),
        ...strange(answer.body, found.answer, types, 'answer', false),
      ]
    })
    expect([...new Set(deviations)]).toEqual([])
    expect([...used].toSorted()).toEqual(
      requests.map(({ method, path }) => `${method} ${path}`).toSorted(),
    )
  },
)

async function switched(
  kind: 'launchDarkly' | 'flagsmith' | 'flipt',
  url: string,
  isOn: boolean,
): Promise<void> {
  const place = { project: 'default', key: 'new-checkout', environment: 'production' }
  const provider = flagProvider(kind, { called: 'shop', url, token })
  const signal = AbortSignal.timeout(10_000)
  const state = await provider.read(place, signal)
  if (!state) throw new Error('the flag is not there')
  await provider.set(place, { isOn, seen: state, why: 'errors' }, signal)
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)

/** What differs from a published type: `string?` may be null, `One[]` is a list, `One{}` has names of its own, `one|other` are words. */
function strange(
  value: unknown,
  type: string,
  types: Types,
  at: string,
  isWhole: boolean,
): readonly string[] {
  const inner = (one: unknown, of: string, where: string) => strange(one, of, types, where, isWhole)
  if (type === 'any') return []
  if (type.endsWith('?')) return value === null ? [] : inner(value, type.slice(0, -1), at)
  if (type.endsWith('[]'))
    return Array.isArray(value)
      ? value.flatMap((one) => inner(one, type.slice(0, -2), `${at}[]`))
      : [`${at} is no list`]
  if (type.endsWith('{}'))
    return isObject(value)
      ? Object.values(value).flatMap((one) => inner(one, type.slice(0, -2), `${at}.*`))
      : [`${at} is no object`]
  const fields = types[type]
  if (!fields && type.includes('|'))
    return type.split('|').includes(String(value)) ? [] : [`${at} is ${String(value)}`]
  if (!fields) return typeof value === type ? [] : [`${at} is ${typeof value}, not ${type}`]
  if (!isObject(value)) return [`${at} is no object`]
  const missing = Object.keys(fields).filter((name) => !name.endsWith('?') && !(name in value))
  return [
    ...(isWhole ? missing.map((name) => `${at} lacks ${name}`) : []),
    ...Object.entries(value).flatMap(([name, one]) => {
      const own = fields[name] ?? fields[`${name}?`]
      return own === undefined ? [`${at} has no ${name}`] : inner(one, own, `${at}.${name}`)
    }),
  ]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
