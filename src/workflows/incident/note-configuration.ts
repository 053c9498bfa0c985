import { configurationState, formerPolicy } from '#domain/configuration/state.ts'
import { theConfiguration } from '#domain/ids.ts'
import { type PinnedPolicy, pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import type { Change } from '#ports/store.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy'>

/** Writes down that this process works by another configuration than was in force, and has it said. Safe to repeat. */
export async function noteConfiguration({ timeline, policy }: Ports, hash: string): Promise<void> {
  await timeline.decide(theConfiguration, (history) => {
    const known = configurationState(history)
    if (known?.hash === hash && known.policy.hash === policy.hash)
      return { change: undefined, answer: undefined }
    const pinned = pinnedPolicy(policy)
    const event = {
      kind: 'configuration_changed',
      configuration: theConfiguration,
      hash,
      policy: pinned,
    } as const
    const change: Change = {
      events: [event],
      actor: 'countermand',
      // Before the first there is nothing that it changes.
      notices: known ? [{ kind: 'configuration', seq: history.length + 1 }] : [],
      wakeAt: null,
      jobs: [],
    }
    return { change, answer: undefined }
  })
}

/** The policies that count beside this process's where no incident remembers any: the last reviewed one, until that is (threat T154). */
export async function policiesBeside({
  timeline,
  policy,
}: Ports): Promise<readonly PinnedPolicy[]> {
  const state = configurationState(await timeline.read(theConfiguration))
  const former = formerPolicy(state, pinnedPolicy(policy))
  return former ? [former] : []
}
