import { setTimeout as sleep } from 'node:timers/promises'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { closedKey, providerOf, type RegionParts } from './context.ts'
import { moveFor, takesBack } from './move.ts'
import { NoAnswer, Refused, type RegionProvider } from './provider.ts'
import type { RegionChange } from './schema.ts'

/** Answers that were lost, and refusals for a moment: looked at and tried again this often. */
const attempts = 6
const retryMs = 200
/** How long it is waited for somebody else's word before whoever asked is told; they ask again. */
const patience = 30

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
    await mustAnswer(provider, change, signal)
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
      await sleep(retryMs * failures, undefined, { signal })
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
