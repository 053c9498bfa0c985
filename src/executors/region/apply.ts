import { setTimeout as sleep } from 'node:timers/promises'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { closedKey, providerOf, type RegionParts } from './context.ts'
import { moveFor, stateAt, takesBack } from './move.ts'
import { NoAnswer, Refused, type RegionProvider } from './provider.ts'
import type { RegionChange } from './schema.ts'

/** Answers that were lost, and refusals for a moment: looked at and tried again this often. */
const attempts = 6
const usualRetryMs = 200
/** How long it is waited for somebody else's word before whoever asked is told; they ask again. */
const patience = 30
/** One question that found no answer is no outage: so often a region is asked before it is given up, seconds apart. */
const askedBeforeLoss = 3
const betweenAsked = 3

/** Makes one change, once, however often it is called: before every attempt it reads what became of the one before. */
export async function apply(
  parts: RegionParts,
  change: RegionChange,
  signal: AbortSignal,
): Promise<void> {
  const provider = providerOf(parts, change.target)
  const { at } = change.target
  let failures = 0
  let waits = 0
  for (;;) {
    const move = moveFor(change, await provider.see(at, signal))
    if (move.kind === 'nothing') return
    if (move.kind === 'superseded') throw new Superseded(move.why)
    if (move.kind === 'wait') {
      if ((waits += 1) > patience) throw new NoAnswer(`${move.why}: nothing was changed`)
      await sleep(parts.secondMs ?? 1_000, undefined, { signal })
      continue
    }
    if (change.kind === 'give_up') await mustBeLost(parts, provider, change, signal)
    else await mustAnswer(provider, change, signal)
    // How long ago it was closed says until when somebody may have the old answer.
    parts.closed?.delete(closedKey(change))
    try {
      await make(provider, change, signal)
      return
    } catch (error) {
      if (error instanceof Refused)
        throw new NotAllowed('change', `${change.region} of ${change.workload}`, {
          why: error.message,
          cause: error,
        })
      if (!(error instanceof NoAnswer) || (failures += 1) >= attempts) throw error
      await sleep((parts.retryMs ?? usualRetryMs) * failures, undefined, { signal })
    }
  }
}

/** The database of a region that requests or writes are about to go to must be there; that is looked at once more, right before. */
async function mustAnswer(
  provider: RegionProvider,
  change: RegionChange,
  signal: AbortSignal,
): Promise<void> {
  const isBack = change.kind === 'open' && takesBack(change)
  if (change.kind !== 'write_to' && !isBack) return
  const seen = await provider.see(change.target.at, signal)
  if (!seen?.writes || (isBack && !seen.writes.order.includes(change.region))) return
  const needed = change.kind === 'write_to' ? seen.writes.order.slice(0, 1) : []
  for (const region of new Set([change.region, ...needed]))
    if (!(await provider.answers(change.target.at, region, signal)))
      throw new Superseded(
        `the ${seen.writes.name} does not answer in ${region}: nothing was changed`,
      )
}

/**
 * What is given up may lose writes. Right before, its database must still not answer, however often it is asked, and that of the
 * region which takes over must.
 */
async function mustBeLost(
  { secondMs = 1_000 }: RegionParts,
  provider: RegionProvider,
  change: RegionChange,
  signal: AbortSignal,
): Promise<void> {
  const { at } = change.target
  const next = stateAt(change, change.to).writesIn
  if (next === null || !(await provider.answers(at, next, signal)))
    throw new Superseded(
      `the database does not answer in ${next ?? 'any other region'}: ${change.region} was not given up`,
    )
  for (let asked = 1; ; asked += 1) {
    if (await provider.answers(at, change.region, signal))
      throw new Superseded(
        `the database answers in ${change.region} again: it was not given up, for that could lose writes for nothing`,
      )
    if (asked >= askedBeforeLoss) return
    await sleep(betweenAsked * secondMs, undefined, { signal })
  }
}

async function make(
  provider: RegionProvider,
  { kind, target: { at }, endpoint, region }: RegionChange,
  signal: AbortSignal,
): Promise<void> {
  switch (kind) {
    case 'open':
      return provider.open(at, endpoint, signal)
    case 'close':
      return provider.close(at, endpoint, signal)
    case 'give_up':
      return provider.giveUp(at, region, signal)
    case 'take_up':
      return provider.takeUp(at, region, signal)
    case 'write_to': {
      const { order = [] } = (await provider.see(at, signal))?.writes ?? {}
      return provider.order(at, [region, ...order.filter((one) => one !== region)], signal)
    }
  }
}
