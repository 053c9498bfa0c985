import { compileOnce } from './compile-once.ts'
import { heldByProcess } from './held-by-process.ts'
import type { Told, Word } from './replica-messages.ts'
import type { Boundary, Verdict, Watcher } from './replica-boundaries.ts'

compileOnce()
const [{ startReplica }, { watched }] = await Promise.all([
  import('./replica-start.ts'),
  import('./replica-boundaries.ts'),
])

// A replica that asks its parent before each step outside of itself what is to become of it.
const tell = (told: Told) => process.send?.(told)
const waiting = new Map<number, (verdict: Verdict) => void>()
let asked = 0
process.on('message', (word) => {
  const said = word as Word
  if (said === 'what do you hold?')
    return void heldByProcess().then((held) => tell({ kind: 'holds', held }))
  const { to, verdict } = said
  waiting.get(to)?.(verdict)
  waiting.delete(to)
})

const watcher: Watcher = {
  reached: (boundary: Boundary) =>
    new Promise((resolve) => {
      asked += 1
      waiting.set(asked, resolve)
      tell({ kind: 'reached', id: asked, boundary })
    }),
  dying(boundary) {
    tell({ kind: 'dying', boundary })
    return new Promise<never>(() => undefined)
  },
  touched: (work, tenure) => tell({ kind: 'touched', work, tenure }),
  done: (boundary) => tell({ kind: 'done', boundary }),
}
const url = await startReplica(100, (outside, current) => watched(outside, current, watcher))
tell({ kind: 'ready', url })
