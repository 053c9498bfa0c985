import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { freshWorlds, type World } from './world.ts'

const Example = z.object({
  path: z.string(),
  version: z.string(),
  request: z.unknown().optional(),
  answers: z.record(z.string(), z.unknown()),
})
const examples = z
  .record(z.string(), Example)
  .parse(JSON.parse(readFileSync('test/fixtures/azure/examples.json', 'utf8')))
const world = freshWorlds()

/** Settings that Azure's examples of that page leave out, and its models name. */
const beside = ['enableAutomaticFailover', 'enableMultipleWriteLocations', 'isZoneRedundant']

test('whatever goes over the wire is asked and answered as in the examples that Azure publishes', async () => {
  const w = await world({ enabled: ['West Europe'] })
  await carriedOut(w, (await w.route('northeurope')).steps)
  w.pretend.fail('North Europe', true)
  const [opened, givenUp] = (await w.offline('westeurope')).steps
  await w.apply(opened)
  await w.apply(givenUp)

  const seen = w.pretend.exchanges.filter(({ path }) => !path.includes('/operationsStatus/'))
  const deviations = seen.flatMap(({ path, request, status, answer }) => {
    const found = Object.values(examples).find((one) => patternOf(one.path).test(path))
    if (!found) return [`no example of ${path}`]
    if (!(String(status) in found.answers)) return [`${path} answers ${status}`]
    return [
      ...strange(request ?? {}, found.request ?? {}, 'request'),
      ...strange(answer ?? {}, found.answers[status] ?? {}, 'answer'),
    ]
  })

  expect([...new Set(deviations)]).toEqual([])
  const used = Object.entries(examples).filter(([, { path }]) =>
    seen.some((one) => patternOf(path).test(one.path)),
  )
  expect(used.map(([name]) => name)).toEqual(Object.keys(examples))
})

async function carriedOut(
  w: World,
  steps: readonly Parameters<World['apply']>[0][],
): Promise<void> {
  for (const step of steps) {
    await w.apply(step)
    await w.follow(step)
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`/${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`, 'i')

/** Fields that the example has not, or of another type. */
function strange(value: unknown, example: unknown, at: string): readonly string[] {
  if (Array.isArray(value) && Array.isArray(example))
    return value.flatMap((one) => strange(one, example[0], `${at}[]`))
  if (!isObject(value) || !isObject(example))
    return typeof value === typeof example ? [] : [`${at} is ${typeof value}`]
  return Object.entries(value).flatMap(([key, one]) => {
    if (beside.includes(key)) return []
    return key in example ? strange(one, example[key], `${at}.${key}`) : [`${at} has no ${key}`]
  })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
