import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { type Told, untilTold } from './told.ts'

// Compiled once, not at every start: half of its processor time. Beside the packages, where nobody else can put anything in.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/countermand', import.meta.url)))

const words = process.argv.slice(2)
// `npm run countermand` is for asking: without words it says what can be asked, and opens no database and no port.
const isAsked = words.length > 0 || process.env['npm_lifecycle_event'] === 'countermand'
// Before anything is loaded: a signal that nobody listens for is lost.
const told = isAsked ? undefined : untilTold()
// Loaded when needed: a question at the terminal waits for no server.
process.exitCode = told ? await server(told) : await command()

async function command(): Promise<number> {
  await import('./zod-in-english.ts')
  const [{ runCli }, { terminal }] = await Promise.all([
    import('#cli/index.ts'),
    import('./terminal.ts'),
  ])
  return runCli(words, terminal)
}

async function server(until: Told): Promise<number> {
  try {
    await import('./zod-in-english.ts')
    const { start } = await import('./start.ts')
    return await start(process.env, until)
  } catch (error) {
    // By shape only: what could not be started knows no secret by its value.
    const { scrub } = await import('./scrub.ts')
    console.error(scrub(inspect(error)))
    return 1
  }
}
