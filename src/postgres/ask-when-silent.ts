import { Socket } from 'node:net'
import type { PoolClient } from 'pg'

/** In ms. */
const lookEvery = 500
const silentFor = 3_000
const answersWithin = 5_000

/**
 * Ends a connection whose other end is gone without a word. Where nothing is under way on it, it is asked after a while of silence:
 * whoever listens for notifications would wait for ever, and whoever takes it from the pool next would wait in vain. Where something
 * is, it is given `patienceMs`, which is longer than the server gives a statement. TCP's own question is no help: anything between
 * us and the server answers it in the server's place.
 */
export function askWhenSilent(client: PoolClient, patienceMs: number): void {
  const { stream } = client.connection
  if (!(stream instanceof Socket)) return
  // Counted in looks, not by the clock: a process that was frozen has not listened.
  let silence = 0
  let writtenThen = stream.bytesWritten
  let isAsked = false
  const look = () => {
    silence += lookEvery
    const isUnderWay = stream.bytesWritten !== writtenThen
    const limit = isAsked ? silentFor + answersWithin : patienceMs
    if (isUnderWay && silence > limit)
      stream.destroy(new Error('Connection terminated: the database does not answer on it'))
    // A transaction that hangs is ended by the server, which must not hear from us meanwhile.
    if (isUnderWay || silence < silentFor || client.getTransactionStatus() !== 'I') return
    isAsked = true
    client.query('SELECT').catch(() => undefined)
  }
  const looking = setInterval(look, lookEvery)
  looking.unref()
  stream.on('data', () => {
    silence = 0
    writtenThen = stream.bytesWritten
    isAsked = false
  })
  client.once('end', () => clearInterval(looking))
}
