import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Package = z.object({ scripts: z.object({ start: z.string() }) })

/** What `npm start`, and the image as well, has Node do. */
export const startOptions: readonly string[] = Package.parse(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
)
  .scripts.start.split(' ')
  .filter((word) => word.startsWith('--'))
