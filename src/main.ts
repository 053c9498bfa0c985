import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled once, not at every start: half of its processor time. Beside the packages, where nobody else can put anything in.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/countermand', import.meta.url)))

await import('./zod-in-english.ts')
// Loaded when needed: a question at the terminal waits for no server.
const words = process.argv.slice(2)
// `npm run countermand` is for asking: without words it says what can be asked, and opens no database and no port.
const isAsked = words.length > 0 || process.env['npm_lifecycle_event'] === 'countermand'
process.exitCode = isAsked ? await command() : await server()

async function command(): Promise<number> {
  const [{ runCli }, { terminal }] = await Promise.all([
    import('#cli/index.ts'),
    import('./terminal.ts'),
  ])
  return runCli(words, terminal)
}

async function server(): Promise<number> {
  const { start } = await import('./start.ts')
  return start(process.env)
}
