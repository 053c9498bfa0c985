import { openDatabase } from '../../src/database.ts'
import { loadConfig, secretsOf } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { wire } from '../../src/wire.ts'
import { endWithParent } from './end-with-parent.ts'

type Through = Parameters<typeof wire>[2]

/** The product in a process of its own, as production runs it; ends with its parent's channel. Says where it listens. */
export async function startReplica(editEveryMs?: number, through?: Through): Promise<string> {
  const started = Promise.withResolvers<() => Promise<void>>()
  endWithParent(async () => (await started.promise)())
  const loaded = loadConfig(process.env)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const { config } = loaded
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
