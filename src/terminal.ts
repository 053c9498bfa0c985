import type { Terminal } from '#cli/command.ts'
import { shopConfig } from '#sandbox/shop/config.ts'
import { loadConfig, metricKeysIn, secretsIn } from './config.ts'
import { keptKey } from './keys.ts'
import { createLog } from './log.ts'
import { withoutKnown } from './scrub.ts'

/** Whatever an error or a library says, no secret of ours is printed (invariant I9). */
const secrets = secretsIn(process.env)
const hidden = (text: string): string => withoutKnown(text, secrets)

/** What a command line has to work with. */
export const terminal: Terminal = {
  out: (text) => console.log(hidden(text)),
  err: (text) => console.error(hidden(text)),
  variables: process.env,
  fallbackFile: {
    name: 'sandbox.yaml',
    text: shopConfig({
      kubeconfig: 'sandbox',
      prometheus: 'http://127.0.0.1:1',
      shop: 'http://127.0.0.1:1',
    }),
  },
  async openExamination(path) {
    // Loaded here: it needs every part that speaks to somebody.
    const { openExamination } = await import('#examination/index.ts')
    return openExamination({
      ...process.env,
      ...(path === undefined ? {} : { COUNTERMAND_CONFIG: path }),
    })
  },
  async openMetrics(config) {
    const { metricsOf } = await import('./outside.ts')
    return metricsOf({ metrics: config.metrics, metricKeys: metricKeysIn(process.env) })
  },
  async draw(svg) {
    // Loaded here: it brings an engine that draws.
    const { png } = await import('#pictures/png.ts')
    return png(svg)
  },
  async openDesk(options) {
    const { openDesk } = await import('./terminal/open-desk.ts')
    return openDesk(process.env, options, (text) => this.err(text))
  },
  async importJournal(path, config) {
    const { importJournalFile } = await import('./terminal/open-desk.ts')
    return importJournalFile(process.env, path, config)
  },
  async ask(question) {
    if (!process.stdin.isTTY) return undefined
    const { createInterface } = await import('node:readline/promises')
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    // Ctrl-C and the end of the input are answers, too: none.
    const gone = new AbortController()
    lines.once('SIGINT', () => gone.abort()).once('close', () => gone.abort())
    try {
      return await lines.question(question, { signal: gone.signal })
    } catch {
      return ''
    } finally {
      lines.close()
    }
  },
  onInterrupt(told) {
    process.on('SIGINT', told)
    return () => process.off('SIGINT', told)
  },
  async openArchive() {
    const loaded = loadConfig(
      process.env,
      this.fallbackFile ? { sandboxFile: this.fallbackFile } : {},
    )
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
    const { config } = loaded
    // Loaded here: other commands need no database.
    const [{ openDatabase }, { openArchive }, { latestDatabase }] = await Promise.all([
      import('./database.ts'),
      import('./archive.ts'),
      import('#sandbox/fresh-database.ts'),
    ])
    const log = createLog({ secrets, level: 'warn' })
    const database = await openDatabase(config, log)
    const played =
      config.mode === 'sandbox' ? await latestDatabase({ url: database.ownerUrl }) : undefined
    const key = config.key ?? keptKey(config.dataDir)
    const archive = await openArchive(played ?? database.ownerUrl, key, log)
    return {
      ...archive,
      async [Symbol.asyncDispose]() {
        await archive[Symbol.asyncDispose]()
        await database.stop()
      },
    }
  },
}
