import { startJobs } from '#jobs/index.ts'
import { openPools } from '#postgres/pools.ts'

// A replica of its own: says which incident it began to work on, and then hangs there.
const [url = ''] = process.argv.slice(2)
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pools = openPools({ url, log: silent })
const nothing = async () => undefined
await startJobs({
  pool: pools.work,
  log: silent,
  tasks: {
    advance: (incident) => {
      process.send?.(incident)
      return new Promise(() => undefined)
    },
    automate: async () => undefined,
    evidence: nothing,
    assess: nothing,
    freeze: nothing,
    page: nothing,
    impact: nothing,
    show: nothing,
    deliver: nothing,
    hourly: nothing,
    observe: nothing,
    check: nothing,
    alerts: nothing,
    suggest: nothing,
    propose: nothing,
    redraw: nothing,
    twice: nothing,
  },
})
process.send?.('ready')
