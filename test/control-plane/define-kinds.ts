import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import type { Client } from './client.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const Definition = z.looseObject({
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ plural: z.string() }),
    versions: z.array(z.looseObject({ name: z.string() })),
  }),
})

/** Every definition in a file, or in the YAML files of a folder. */
export async function defineKinds(client: Client, at: string): Promise<void> {
  const files = statSync(at).isDirectory()
    ? readdirSync(at)
        .filter((name) => name.endsWith('-crd.yaml'))
        .map((name) => join(at, name))
    : [at]
  for (const file of files)
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const { data } = Definition.safeParse(document.toJS())
      if (data) await defineKind(client, data)
    }
}

/** Until the API server serves it: a controller that starts before does not see it. */
export async function defineKind(
  client: Client,
  definition: z.infer<typeof Definition>,
): Promise<void> {
  await client.must('POST', definitions, definition)
  const { group, names, versions } = definition.spec
  const path = `/apis/${group}/${versions[0]?.name ?? 'v1'}/${names.plural}`
  const deadline = performance.now() + 30_000
  while ((await client.ask('GET', path)).status !== 200) {
    if (performance.now() > deadline) throw new Error(`${names.plural} are not served`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
