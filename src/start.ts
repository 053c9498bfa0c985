import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, loadConfig, opensSandbox, secretsOf } from './config.ts'
import { openDatabase } from './database.ts'
import { keptKey } from './keys.ts'
import { createLog, type Log } from './log.ts'
import { type Close, opening } from './opening.ts'
import { scrub } from './scrub.ts'
import type { Told } from './told.ts'

/**
 * Starts what the environment asks for: the bot, or the sandbox where no Slack is configured. Ends when it is told to, also while it
 * starts: what was opened until then is closed.
 */
export async function start(variables: NodeJS.ProcessEnv, told: Told): Promise<number> {
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
  const log = createLog({ secrets: secretsOf(config), level: sandbox ? 'warn' : 'info' })
  const open = sandbox ? sandbox.startSandbox : startBot
  const running = expectFree(config.port).then(() => open(config, log, told.signal))
  try {
    await Promise.race([running, told.ending])
    return await ended(await told.ending, { told, running, log })
  } catch (error) {
    console.error(scrub(sentence(error, config), secretsOf(config)))
  }
  return 1
}

interface Started {
  readonly told: Told
  readonly running: Promise<Close>
  readonly log: Log
}

/** Hands over what runs and closes what is open, or what was opened until now. */
async function ended(
  why: Awaited<Told['ending']>,
  { told, running, log }: Started,
): Promise<number> {
  for (const error of told.faults)
    log.fatal({ error }, 'Something failed that nobody waited for: stopping')
  process.on('uncaughtException', (error) =>
    log.error({ error }, 'Something failed while this process was stopping'),
  )
  const grace = why === 'SIGTERM' ? graceMs : 0
  const stopped = running.then(
    (stop) => stop(grace).then(() => 'stopped'),
    () => 'never open',
  )
  // Whatever is away, the database included: whoever told us to end must not have to kill us.
  const how = await Promise.race([stopped, sleep(grace + handOverMs, 'late', { ref: false })])
  if (how === 'stopped' && why !== 'fault') return 0
  if (how === 'late') log.warn({}, 'Stopping took too long: what runs is left to others as it is')
  // Whoever watches over this process starts it again (threat T117). It ends whatever still hangs.
  return process.exit(how === 'late' || why === 'fault' ? 1 : 0)
}

/** How long whoever sends us requests may need to see that we are not ready any more. Ctrl-C waits for nobody. */
const graceMs = 2_000
/** Stopping may hang, after a fault or where something is away; in ms. */
const handOverMs = 10_000

async function startBot(config: Config, log: Log, told: AbortSignal): Promise<Close> {
  const parts = import('./wire.ts')
  parts.catch(() => undefined)
  // Ours starts meanwhile. One elsewhere answers at once, and loading on a busy machine would outlast what we wait for it.
  if (config.database.kind === 'url') await parts
  return opening(told, async (opened) => {
    const database = await openDatabase(config, log, told)
    opened(() => database.stop())
    const { wire } = await parts
    const key = config.key ?? keptKey(config.dataDir)
    const app = await wire(config, {
      log,
      told,
      databaseUrl: database.url,
      key,
      ...(database.actAs ? { actAs: database.actAs } : {}),
    })
    opened((grace) => app.stop(grace))
    // What was decided while the database was away. Loads much: the doors are open by now.
    const { keepImporting } = await import('./terminal/import-journals.ts')
    const journals = keepImporting({ config, database, key, log })
    // Nothing that is handed over waits for a journal: the next start adds what this one began with.
    opened(async () => {
      void journals.then(
        (kept) => kept.stop(),
        () => undefined,
      )
    })
    await Promise.race([journals, once(told, 'abort')])
    if (!told.aborted) log.info({ port: config.port }, 'Countermand is ready')
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

/** One sentence that says what to do; the stack is for us, not for whoever starts it. */
function sentence(error: unknown, { port, metricsPort }: Config): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message
  return 'port' in error && error.port === metricsPort
    ? `Port ${metricsPort}, for the figures, is taken: choose another with METRICS_PORT=9091.`
    : `Port ${port} is taken: perhaps the sandbox already runs at http://localhost:${port}. Stop the other program, or choose a port with PORT=3001 npm start.`
}
