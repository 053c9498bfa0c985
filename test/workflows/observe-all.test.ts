import { expect, test } from 'vitest'
import { serviceId, workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import type { Clock } from '#ports/clock.ts'
import type { Executor } from '#ports/executor.ts'
import { observeAll } from '#workflows/observe-all.ts'
import { aService } from '../support/builders.ts'

const target = (name: string): Target => ({
  executor: 'scripted',
  workload: workloadId(name),
  title: name,
  spec: {},
})
const catalogue = new Map(
  Array.from({ length: 40 }, (_, at) => {
    const id = serviceId(`svc-${at}`)
    return [id, aService({ id, targets: [target(id)] })] as const
  }),
)
const never = new AbortController().signal

/** Answers when it is told to; `begun` names what was asked so far. */
function aPlatform() {
  const begun: string[] = []
  const open: (() => void)[] = []
  const observe = async ({ title }: Target): Promise<never> => {
    begun.push(title)
    await new Promise<void>((resolve) => open.push(resolve))
    throw new Error('what is seen is of no use here')
  }
  const executors = new Map([['scripted', { observe } as unknown as Executor]])
  return { begun, open, executors }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
/** Nobody loses patience. */
const patient: Clock = {
  pause: (_, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
}
const impatient: Clock = { pause: async () => undefined }

test('after a start the workloads are looked at a few at a time, so that whoever presses something then is not kept waiting', async () => {
  const { begun, open, executors } = aPlatform()
  const all = observeAll({ catalogue, executors, clock: patient }, never)
  let most = 0

  while (begun.length < catalogue.size || open.length > 0) {
    await turn()
    most = Math.max(most, open.length)
    open.shift()?.()
  }
  await all

  expect(most).toBe(4)
  expect(new Set(begun).size).toBe(catalogue.size)
})

test('a cluster that does not answer keeps no other from being looked at', async () => {
  const { begun, open, executors } = aPlatform()
  const all = observeAll({ catalogue, executors, clock: impatient }, never)

  await expect.poll(() => begun.length).toBe(catalogue.size)
  for (const answer of open) answer()
  await all
})
