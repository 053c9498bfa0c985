import { join } from 'node:path'
import { startEmbedded } from '#postgres/embedded.ts'
import {
  shopConfig,
  withAutomation,
  withCanaries,
  withCodeDeploy,
  withColours,
  withEcs,
  withFlagger,
  withGitOps,
  withMesh,
  withPager,
  withRegions,
} from './shop/config.ts'
import type { Config } from '../config.ts'
import { keptKey } from '../keys.ts'
import type { Log } from '../log.ts'
import { type Close, opening } from '../opening.ts'
import { freshDatabase } from './fresh-database.ts'

/** Only its shape is checked here; the sandbox writes the real one when its servers have addresses. */
export const placeholder = {
  name: 'sandbox.yaml',
  text: shopConfig({
    kubeconfig: 'sandbox',
    prometheus: 'http://127.0.0.1:1',
    shop: 'http://127.0.0.1:1',
  }),
}

/** Opens the play: a pretend world around the real bot, on a database of its own. */
export async function startSandbox(config: Config, log: Log, told: AbortSignal): Promise<Close> {
  // Loading takes as long as the database does: side by side.
  const parts = import('./world.ts')
  parts.catch(() => undefined)
  return opening(told, async (opened) => {
    const server = await startEmbedded({ dataDir: join(config.dataDir, 'postgres'), log })
    opened(() => server.stop())
    const database = await freshDatabase(server, log)
    opened(() => database.close())
    const { startWorld } = await parts
    const world = await startWorld({
      port: config.port,
      database,
      key: config.key ?? keptKey(config.dataDir),
      log,
      hasRollouts: true,
      hasMesh: true,
      hasColours: true,
      hasFlagger: true,
      hasGitOps: true,
      hasEcs: true,
      hasDocker: true,
      hasNginx: true,
      hasRegions: true,
      hasFlags: true,
      hasDatabase: true,
      configured: (yaml) =>
        [
          withAutomation,
          withPager,
          withCanaries,
          withMesh,
          withColours,
          withFlagger,
          withGitOps,
          withEcs,
          withCodeDeploy,
          withRegions,
        ].reduce((text, more) => more(text), yaml),
    })
    opened(() => world.close())
    console.log(welcome(world.url))
  })
}

const welcome = (url: string): string => `
  Countermand sandbox

  Open  ${url}

  A pretend shop, a pretend Slack and the real bot. Break checkout, type
  /rollback checkout, and see who may approve. Break cart, move the clock
  by 15 minutes, and see it counted down by itself. Ctrl-C ends it.
`
