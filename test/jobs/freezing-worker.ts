import { incidentId } from '#domain/ids.ts'
import { openPools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { key } from '../postgres/builders.ts'

// Freezes in the middle of a transaction, with the lock of a stream in its hands.
const [url = '', incident = ''] = process.argv.slice(2)
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pools = openPools({ url, log: silent })
await timeline(pools.work, [key]).decide(incidentId(incident), () => {
  process.kill(process.pid, 'SIGSTOP')
  return { change: undefined, answer: undefined }
})
