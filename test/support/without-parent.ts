import { endWithParent } from './end-with-parent.ts'

// What ends it is under test: by itself it goes on for ever.
setInterval(() => undefined, 1_000)
const [, , how] = process.argv
if (how === 'left alone at once') process.disconnect()
endWithParent(async () => {
  if (how !== 'stops') await new Promise(() => undefined)
}, 200)
if (process.connected) process.send?.('ready')
