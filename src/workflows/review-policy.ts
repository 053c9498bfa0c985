import type { Answer } from '#domain/communication/answer.ts'
import { decideReview } from '#domain/configuration/decide-review.ts'
import { configurationState } from '#domain/configuration/state.ts'
import { type DeliveryId, type PersonId, theConfiguration } from '#domain/ids.ts'
import { organisation } from '#domain/service.ts'
import { directoryDeadlineMs } from './facts.ts'
import type { World } from './world.ts'

export interface Review {
  /** As it was shown to them: the beginning of its hash. */
  readonly version: string
  readonly by: PersonId
  readonly delivery: DeliveryId
}

/** Which policy is in force, and what of it waits for a review. */
export async function showPolicy({ timeline }: Pick<World, 'timeline'>): Promise<Answer> {
  const state = configurationState(await timeline.read(theConfiguration))
  return state ? { kind: 'policy', state, did: undefined } : nothing
}

/** Counts that somebody has looked at what became of the matrix; once two people have, it decides alone in what begins from then on. */
export async function reviewPolicy(
  { timeline, directory }: Pick<World, 'timeline' | 'directory'>,
  { version, by, delivery }: Review,
): Promise<Answer> {
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const standing = await directory.standing(by, organisation, signal)
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }

  return timeline.decide<Answer>(theConfiguration, (history, now) => {
    const state = configurationState(history)
    if (!state) return { change: undefined, answer: nothing }
    const earlier = history.find(
      ({ event }) => event.kind === 'policy_reviewed' && event.delivery === delivery,
    )
    if (earlier?.event.kind === 'policy_reviewed')
      return { change: undefined, answer: answerTo(state, earlier.event.complete) }
    const decision = decideReview(state, version, standing)
    if (decision.kind === 'refused') {
      const answer = { kind: 'policy', state, did: decision.because } as const
      return { change: undefined, answer }
    }
    const { as, complete } = decision
    const event = {
      kind: 'policy_reviewed',
      configuration: theConfiguration,
      policy: state.policy.hash,
      by,
      identity: standing.identity,
      as,
      complete,
      delivery,
    } as const
    const seq = history.length + 1
    const after = configurationState([...history, { seq, at: now, actor: by, event }]) ?? state
    return {
      change: {
        events: [event],
        actor: by,
        notices: [{ kind: 'configuration', seq }],
        wakeAt: null,
        jobs: [],
      },
      answer: answerTo(after, complete),
    }
  })
}

const answerTo = (
  state: Extract<Answer, { kind: 'policy' }>['state'],
  complete: boolean,
): Answer => ({ kind: 'policy', state, did: complete ? 'reviewed' : 'counted' })

const nothing = { kind: 'not_written', why: 'No start has noted its configuration yet.' } as const
