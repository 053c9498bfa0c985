import { expect, test } from 'vitest'
import { attempt } from '#jobs/attempt.ts'
import { patience } from '#jobs/patience.ts'
import { silent } from '../support/database-server.ts'

/** What comes of a piece of work that is taken up: what is done with it, and how it is queued again. */
async function takenUp({ isStopping, isOver }: { isStopping: boolean; isOver: boolean }) {
  const happened: string[] = []
  const signal = isStopping ? AbortSignal.abort(new Error('the process is stopping')) : never
  const begin = () => ({
    signal,
    isOver: () => isOver,
    during: <Result>(work: () => Result) => work(),
  })
  await attempt(
    { log: silent, begin },
    { task: 'deliver', key: 'deliver:a', failures: 3, patience: patience(8) },
    {
      work: async () => void happened.push('carried out'),
      again: async (failures, inMs) =>
        void happened.push(`again in ${inMs} ms, failed ${failures}`),
      end: async () => void happened.push('given up'),
    },
  )
  return happened
}
const never = new AbortController().signal

test('what is taken up while the process stops is carried out by whoever goes on, and by nobody else', async () => {
  expect(await takenUp({ isStopping: true, isOver: false })).toEqual(['again in 0 ms, failed 3'])
  expect(await takenUp({ isStopping: true, isOver: true })).toEqual(['again in 250 ms, failed 3'])
  expect(await takenUp({ isStopping: false, isOver: false })).toEqual(['carried out'])
})
