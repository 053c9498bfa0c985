import { z } from 'zod'
import { ConfigFile } from './schema.ts'

const Node = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
})

/** The schema that editors use to complete and check the file; published as `docs/config.schema.json`. */
export const configJsonSchema = (): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(ConfigFile, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }),
  title: 'Countermand configuration',
})

/** The keys that may stand below `path`. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let part: unknown = configJsonSchema()
  for (const step of path) {
    const node = Node.safeParse(part).data
    part =
      typeof step === 'number'
        ? node?.items
        : (node?.properties?.[String(step)] ?? node?.additionalProperties)
  }
  return Object.keys(Node.safeParse(part).data?.properties ?? {})
}
