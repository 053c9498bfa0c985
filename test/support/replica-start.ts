import { z } from 'zod'
import { openDatabase } from '../../src/database.ts'
import { type Config, loadConfig, secretsOf } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { wire } from '../../src/wire.ts'
import { endWithParent } from './end-with-parent.ts'

const Program = z.tuple([z.string()], z.string())

/** What is started in the place of nginx and of Docker's own command: no setting names another. */
function withPretendPrograms(config: Config): Config {
  const programOf = (name: string) => {
    const text = process.env[name]
    return text === undefined ? undefined : Program.parse(JSON.parse(text))
  }
  const [nginxProgram, dockerProgram] = [programOf('PRETEND_NGINX'), programOf('PRETEND_DOCKER')]
  return {
    ...config,
    ...(nginxProgram ? { nginxProgram } : {}),
    ...(dockerProgram ? { dockerProgram } : {}),
  }
}

/** The address of whoever is to be asked in the place of PagerDuty: those of pagers are the vendors', and no setting changes them. */
function withPretendPager(config: Config): Config {
  const url = process.env['PRETEND_PAGER']
  if (url === undefined) return config
  const pagers = new Map([...config.pagers].map(([name, pager]) => [name, { ...pager, url }]))
  return { ...config, pagers }
}

/** An ECS that is none; its addresses are AWS's, and no setting of ours changes them. */
function withPretendAws(config: Config): Config {
  const endpoint = process.env['PRETEND_AWS']
  if (endpoint === undefined) return config
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-pretend-secret' }
  return { ...config, aws: { endpoint, credentials, lookEveryMs: 250, timeoutMs: 10_000 } }
}

/** Two regions that are pretended, too, with short seconds. */
function withPretendAzure(config: Config): Config {
  const endpoint = process.env['PRETEND_AZURE']
  if (endpoint === undefined) return config
  const token = 'the-pretend-azure-takes-every-token'
  return { ...config, azure: { endpoint, token, lookEveryMs: 50, secondMs: 20 } }
}

/** Backups that are gone with the play: no configuration may name a folder for them that is. */
async function withPassingBackups(config: Config): Promise<Config> {
  const folder = process.env['PRETEND_BACKUPS']
  if (folder === undefined) return config
  const { keptIn } = await import('#sandbox/shop/database.ts')
  return { ...config, catalogue: keptIn(config.catalogue, folder) }
}

type Through = Parameters<typeof wire>[2]

/** The product in a process of its own, as production runs it; ends with its parent's channel. Says where it listens. */
export async function startReplica(editEveryMs?: number, through?: Through): Promise<string> {
  const started = Promise.withResolvers<() => Promise<void>>()
  endWithParent(async () => (await started.promise)())
  const loaded = loadConfig(process.env)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const config = await withPassingBackups(
    [withPretendPager, withPretendPrograms, withPretendAws, withPretendAzure].reduce(
      (before, pretending) => pretending(before),
      loaded.config,
    ),
  )
  const log = createLog({ level: 'warn', secrets: secretsOf(config) })
  const database = await openDatabase(config, log)
  const { key } = config
  if (!key) throw new Error('a replica needs the key that the others have')
  const app = await wire(
    config,
    {
      log,
      databaseUrl: database.url,
      key,
      ...(database.actAs ? { actAs: database.actAs } : {}),
      ...(editEveryMs === undefined ? {} : { editEveryMs }),
    },
    through,
  )
  started.resolve(async () => {
    await app.stop()
    await database.stop()
  })
  return app.url
}
