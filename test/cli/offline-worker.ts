import type { Terminal } from '#cli/command.ts'
import { runCli } from '#cli/index.ts'
import { openDesk } from '../../src/terminal/open-desk.ts'

/** Two people at a terminal, in a process of its own that can be killed: they type what they are asked for. */
// Where its files may grow no further it is told so, as by a full disk.
process.on('SIGXFSZ', () => undefined)

const terminal: Terminal = {
  out: (text) => console.log(text),
  err: (text) => console.error(text),
  variables: {},
  fallbackFile: undefined,
  openArchive: () => Promise.reject(new Error('not here')),
  draw: () => Promise.reject(new Error('not here')),
  openMetrics: () => Promise.reject(new Error('not here')),
  openExamination: async () => [],
  openDesk: (options) => openDesk(process.env, options, (text) => console.error(text)),
  importJournal: () => Promise.reject(new Error('not here')),
  ask: async () => 'checkout',
  onInterrupt: () => () => undefined,
}
process.exitCode = await runCli(process.argv.slice(2), terminal)
