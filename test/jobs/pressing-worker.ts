import { deliveryId, incidentId } from '#domain/ids.ts'
import { ownHands } from '#jobs/hands.ts'
import { startJobs } from '#jobs/index.ts'
import { inbox } from '#postgres/inbox.ts'
import { openPools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, aNote, key } from '../postgres/builders.ts'
import { tenures } from '../../src/tenures.ts'
import { idleTasks } from './idle-tasks.ts'

// A replica of its own: takes up what is pressed, and says what it begins. Begun, it waits for a word; then it says what came of it.
const [url = '', incident = '', ...presses] = process.argv.slice(2)
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pools = openPools({ url, log: silent })
const { current, during, mustHold } = tenures()
const hands = ownHands()
const box = inbox(pools.decisions, pools.intake, mustHold, hands)
const record = timeline(pools.work, [key], undefined, current)
const word = new Promise((resolve) => process.once('message', resolve))
const tell = (told: string) => process.send?.(told)

await startJobs({
  pool: pools.work,
  decisions: pools.decisions,
  hands,
  during,
  log: silent,
  tasks: {
    ...idleTasks,
    async deliver(delivery) {
      tell(`begins ${delivery}`)
      await word
      try {
        const change = aChange({ events: [aNote(delivery)] })
        await record.decide(incidentId(incident), () => ({ change, answer: undefined }))
      } catch (error) {
        tell(`${delivery}: ${error instanceof Error ? error.name : 'failed'}`)
        throw error
      }
      tell(`${delivery}: written`)
      await box.done(delivery)
    },
  },
})
for (const name of presses) {
  const id = deliveryId(name)
  await box.admit({ id, source: 'slack', urgent: true, body: {}, held: true })
  await box.acknowledged(id)
}
tell(`holds ${hands.held().length}`)
