import { setTimeout as sleep } from 'node:timers/promises'
import { openJournal } from '#journal/file.ts'

/**
 * A process of its own that writes a journal, as often as it must try. `hold`: adds its own id, keeps it open and nothing of it in its
 * hands. `small-disk`: its files may not grow further than a small entry needs.
 */
const [, , how = '', path = ''] = process.argv
const key = Buffer.alloc(32, 7)
// Otherwise it would end at the first byte too much, instead of being told.
process.on('SIGXFSZ', () => undefined)

if (how === 'small-disk') {
  const file = openJournal(path, key)
  const tries = [1, 100_000, 3].map((size) => {
    try {
      file.append({ size, text: 'x'.repeat(size) })
      return 'written'
    } catch (error) {
      return error instanceof Error ? error.message : 'failed'
    }
  })
  file.close()
  console.log(JSON.stringify(tries))
}

async function hold(): Promise<void> {
  try {
    openJournal(path, key).append({ by: process.pid })
    // Whatever the process no longer names is collected: it holds the journal all the same.
    globalThis.gc?.()
    console.log('held')
    await sleep(1_000_000)
  } catch (error) {
    console.log(error instanceof Error ? error.message : 'failed')
    await sleep(1)
    return hold()
  }
}
if (how === 'hold') await hold()
