import { runCli } from '#cli/index.ts'
import { start } from './start.ts'
import { terminal } from './terminal.ts'

const words = process.argv.slice(2)
process.exitCode = words.length > 0 ? await runCli(words, terminal) : await start(process.env)
