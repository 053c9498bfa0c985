import { incidentId } from '#domain/ids.ts'
import { openPools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, key } from './builders.ts'

// A process of its own that clicks eight times at once on every incident it is given.
const [url = '', ...incidents] = process.argv.slice(2)
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pools = openPools({ url, log: silent, decisions: 8 })
const store = timeline(pools.decisions, [key])

let wins = 0
for (const incident of incidents.map(incidentId)) {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      store.decide(incident, (history) =>
        history.length === 1 ? { change: aChange(), answer: 1 } : { change: undefined, answer: 0 },
      ),
    ),
  )
  wins += answers.reduce<number>((sum, answer) => sum + answer, 0)
}
await pools.close()
process.send?.(wins)
process.disconnect()
