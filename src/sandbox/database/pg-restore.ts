import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type About, asProgram } from './programs.ts'

const Dump = z.array(z.object({ schema: z.string(), name: z.string() }))

/** `--list` of what the pretend `pg_dump` wrote, in the form of the real one. */
export const main = (_about: About): Promise<void> =>
  asProgram(async () => {
    const tables = Dump.parse(JSON.parse(await readFile(process.argv.at(-1) ?? '', 'utf8')))
    tables.forEach(({ schema, name }, index) => {
      process.stdout.write(`${200 + index}; 1259 ${16_384 + index} TABLE ${schema} ${name} shop\n`)
      process.stdout.write(
        `${300 + index}; 0 ${16_384 + index} TABLE DATA ${schema} ${name} shop\n`,
      )
    })
  })
