import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, loadConfig, opensSandbox, secretsOf } from './config.ts'
import { openDatabase } from './database.ts'
import { keptKey } from './keys.ts'
import { createLog, type Log } from './log.ts'
import { type Close, opening } from './opening.ts'
import { scrub } from './scrub.ts'

/** Starts what the environment asks for: the bot, or the sandbox where no Slack is configured. Ends when it is told to. */
export async function start(variables: NodeJS.ProcessEnv): Promise<number> {
  // Nobody's production loads a pretend shop.
  const sandbox = opensSandbox(variables) ? await import('#sandbox/start.ts') : undefined
  const loaded = loadConfig(variables, sandbox ? { sandboxFile: sandbox.placeholder } : {})
  if (!loaded.ok) {
    console.error(
      `Countermand cannot start:\n${loaded.problems.map((line) => `  - ${line}`).join('\n')}`,
    )
    return 1
  }
  const { config } = loaded
  const secrets = secretsOf(config)
  const log = createLog({ secrets, level: sandbox ? 'warn' : 'info' })
  try {
    await expectFree(config.port)
    const stop = await (sandbox ? sandbox.startSandbox(config, log) : startBot(config, log))
    const told = await untilTold()
    if (!('error' in told)) {
      const stopped = stop(told.signal === 'SIGTERM' ? graceMs : 0).then(() => true)
      // Whatever is away, the database included: whoever told us to end must not have to kill us.
      if (await Promise.race([stopped, sleep(graceMs + handOverMs, false, { ref: false })]))
        return 0
      log.warn({}, 'Stopping took too long: what runs is left to others as it is')
      return process.exit(1)
    }
    log.fatal({ error: told.error }, 'Something failed that nobody waited for: stopping')
    // What runs is handed over; whoever watches over this process starts it again (threat T117). It ends whatever still hangs.
    await Promise.race([stop(), sleep(handOverMs)])
    return process.exit(1)
  } catch (error) {
    console.error(scrub(sentence(error, config), secrets))
  }
  return 1
}

/** How long whoever sends us requests may need to see that we are not ready any more. Ctrl-C waits for nobody. */
const graceMs = 2_000
/** Stopping may hang, after a fault or where something is away; in ms. */
const handOverMs = 10_000

async function startBot(config: Config, log: Log): Promise<Close> {
  const parts = import('./wire.ts')
  parts.catch(() => undefined)
  // Ours starts meanwhile. One elsewhere answers at once, and loading on a busy machine would outlast what we wait for it.
  if (config.database.kind === 'url') await parts
  return opening(async (opened) => {
    const database = await openDatabase(config, log)
    opened(() => database.stop())
    const { wire } = await parts
    const key = config.key ?? keptKey(config.dataDir)
    const app = await wire(config, {
      log,
      databaseUrl: database.url,
      key,
      ...(database.actAs ? { actAs: database.actAs } : {}),
    })
    opened((grace) => app.stop(grace))
    // What was decided while the database was away. Loads much: the doors are open by now.
    const { keepImporting } = await import('./terminal/import-journals.ts')
    const journals = await keepImporting({ config, database, key, log })
    // Nothing that is handed over waits for a journal: the next start adds what this one began with.
    opened(async () => void journals.stop())
    log.info({ port: config.port }, 'Countermand is ready')
  })
}

/** Asked before anything is started: whoever has the port learns it within a moment. */
async function expectFree(port: number): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  probe.listen({ port, host: '0.0.0.0' })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}

/** Answers with what went wrong where nobody waited for it, or with nothing when it was told to end. */
async function untilTold(): Promise<
  { readonly error: unknown } | { readonly signal: 'SIGINT' | 'SIGTERM' }
> {
  const fault = Promise.withResolvers<{ readonly error: unknown }>()
  // A rejection that nobody handles ends here, too.
  process.once('uncaughtException', (error) => fault.resolve({ error }))
  const told = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
    once(process, signal).then(() => ({ signal })),
  )
  return Promise.race([...told, fault.promise])
}

/** One sentence that says what to do; the stack is for us, not for whoever starts it. */
function sentence(error: unknown, { port, metricsPort }: Config): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message
  return 'port' in error && error.port === metricsPort
    ? `Port ${metricsPort}, for the figures, is taken: choose another with METRICS_PORT=9091.`
    : `Port ${port} is taken: perhaps the sandbox already runs at http://localhost:${port}. Stop the other program, or choose a port with PORT=3001 npm start.`
}
