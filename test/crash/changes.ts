import { readFileSync } from 'node:fs'
import { z } from 'zod'

const folder = new URL('../../src/executors/', import.meta.url)

/**
 * Whatever the executors can be asked to change, such as `kubernetes set_template`: the kinds of what the `schema.ts` of each exports as
 * `…Change`, all of them. An executor that is new stands here by having its line among the others.
 */
export async function everyChange(): Promise<readonly string[]> {
  const text = readFileSync(new URL('index.ts', folder), 'utf8')
  const names = [...text.matchAll(/from '\.\/([\w-]+)\/index\.ts'/g)].map(([, name = '']) => name)
  if (names.length === 0) throw new Error('no executor was found')
  const kinds = names.map(async (name) => {
    const schemas: Record<string, unknown> = await import(new URL(`${name}/schema.ts`, folder).href)
    const changes = Object.entries(schemas).flatMap(([key, schema]) =>
      /^[A-Z]\w*Change$/.test(key) && schema instanceof z.ZodType ? [schema] : [],
    )
    if (changes.length === 0) throw new Error(`${name} has no schema of its changes`)
    return changes
      .flatMap((change) => kindsOf(z.toJSONSchema(change, { unrepresentable: 'any' })))
      .map((kind) => `${name} ${kind}`)
  })
  return [...new Set((await Promise.all(kinds)).flat())]
}

const Kinds = z.object({
  properties: z.object({
    kind: z.union([
      z.object({ const: z.string() }).transform((one) => [one.const]),
      z.object({ enum: z.array(z.string()) }).transform((one) => one.enum),
    ]),
  }),
})

function kindsOf(schema: unknown): readonly string[] {
  const { oneOf, anyOf } = Object(schema) as { oneOf?: unknown[]; anyOf?: unknown[] }
  return (oneOf ?? anyOf ?? [schema]).flatMap((one) => Kinds.parse(one).properties.kind)
}
