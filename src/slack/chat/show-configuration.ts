import { configurationState, isReviewed, reviewNeeds } from '#domain/configuration/state.ts'
import type { Notice } from '#domain/communication/notice.ts'
import { organisation } from '#domain/service.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { policyNotice } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { post } from './post.ts'
import { joining } from './room.ts'

/** How long the directory may take, in ms. */
const directoryMs = 1_500

/** Says where announcements go that another configuration is in force, or that its policy was reviewed. */
export async function showConfiguration(
  edge: Edge,
  { incident: stream, key }: Waiting,
  { seq }: Extract<Notice, { kind: 'configuration' }>,
): Promise<Surface | undefined> {
  const { timeline, slack, log, directory } = edge
  const until = (await timeline.read(stream)).filter((row) => row.seq <= seq)
  const state = configurationState(until)
  if (!state) return undefined
  const { announceIn } = slack
  const channel = announceIn === undefined ? undefined : await channelNamed(edge, announceIn)
  if (channel === undefined) {
    log.warn(
      { configuration: state.hash, policy: state.policy.hash, isReviewed: isReviewed(state) },
      'Another configuration is in force, and there is no channel to say so',
    )
    return undefined
  }
  const signal = AbortSignal.timeout(directoryMs)
  const people = isReviewed(state)
    ? []
    : (await directory.holders(reviewNeeds(state), organisation, signal)).people
  const message = policyNotice(state, await timeline.now(), slack.commands.rollback, people)
  const what = { key, channel, thread: undefined, broadcast: false, message }
  return joining(edge, channel, () => post(edge, what))
}
