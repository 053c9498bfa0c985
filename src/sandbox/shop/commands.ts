import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'

const Manifest = z.object({
  features: z.object({
    slash_commands: z.array(
      z.object({
        command: z.string(),
        description: z.string(),
        usage_hint: z.string().default(''),
      }),
    ),
  }),
})

/** What Slack's composer offers: the manifest's commands. */
export async function commandHints() {
  const text = await readFile(new URL('../../../manifest.yml', import.meta.url), 'utf8')
  return Manifest.parse(parse(text)).features.slash_commands.map(
    ({ command, description, usage_hint }) => ({
      command,
      description,
      usageHint: usage_hint,
    }),
  )
}
