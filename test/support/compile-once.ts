import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whoever is started later loads what the first one compiled, as the product itself does (`src/main.ts`). */
export const compileOnce = () =>
  enableCompileCache(join(tmpdir(), `countermand-replicas-${process.getuid?.() ?? 0}`))
