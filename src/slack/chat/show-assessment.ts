import { type AssessmentState, assessmentState } from '#domain/assessment/state.ts'
import type { Notice } from '#domain/communication/notice.ts'
import type { History } from '#domain/incident/events.ts'
import { formerService } from '#domain/service.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { isRefused, whyOf } from '../failure.ts'
import { assessmentCard, line, ownerCall } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { edit, post } from './post.ts'
import { postInRoom } from './room.ts'

/** How long the directory may take, in ms. */
const directoryMs = 1_500

/** What there is to show of an assessment: its card as it is now, a line under it, a call to the owner. */
export async function showOfAssessment(
  edge: Edge,
  { incident: stream, key }: Waiting,
  notice: Extract<Notice, { kind: 'assessment' | 'reply' | 'owner' }>,
): Promise<Surface | undefined> {
  const history = await edge.timeline.read(stream)
  const state = assessmentState(history)
  if (!state) return undefined
  switch (notice.kind) {
    case 'assessment':
      return redraw(edge, state)
    case 'reply':
      return replyUnder(edge, state, history, { seq: notice.seq, key })
    case 'owner':
      return callOwner(edge, state, key)
  }
}

/** Somebody may have deleted it; the lines under it say what matters. */
async function redraw(edge: Edge, state: AssessmentState): Promise<undefined> {
  if (!state.place) return
  try {
    await edit(edge, state.place, assessmentCard(state, edge.sign))
  } catch (error) {
    const isGone = ['message_not_found', 'cant_update_message', 'channel_not_found', 'is_archived']
    if (!isRefused(error, ...isGone)) throw error
    edge.log.warn({ why: whyOf(error) }, 'the card of an assessment is gone')
  }
}

/** Under the card; where only one person has seen it, to whoever it concerns, in direct messages. */
async function replyUnder(
  edge: Edge,
  state: AssessmentState,
  history: History,
  { seq, key }: { readonly seq: number; readonly key: string },
): Promise<Surface | undefined> {
  const recorded = history.find((row) => row.seq === seq)
  if (!recorded) return undefined
  const message = line(recorded, { incident: state, rollback: undefined })
  const { place } = state
  if (place)
    return postInRoom(edge, {
      channel: place.channel,
      thread: place.ts,
      broadcast: false,
      message,
      key,
    })
  // Whoever pressed is told what came of it by the answer to the press.
  if (recorded.actor !== 'countermand') return undefined
  const to = state.watch?.by ?? state.askedBy
  const channel = to.split(':').at(-1) ?? ''
  return post(edge, { channel, thread: undefined, broadcast: false, message, key })
}

async function callOwner(edge: Edge, state: AssessmentState, key: string): Promise<Surface> {
  const { catalogue, directory } = edge
  const service = catalogue.get(state.service) ?? formerService(state.service, undefined)
  const signal = AbortSignal.timeout(directoryMs)
  const held = await Promise.all(
    (['on-call-engineer', 'team-lead'] as const).map((role) =>
      directory.holders(role, service, signal),
    ),
  )
  // Whoever asks needs no call; where nobody else is on call, the next level is.
  const [onCall = [], lead = []] = held.map(({ people }) =>
    people.filter((person) => person !== state.ownerAsked?.by),
  )
  const people = onCall.length > 0 ? onCall : lead
  const own = service.channel === undefined ? undefined : await channelNamed(edge, service.channel)
  return postInRoom(edge, {
    channel: own ?? state.place?.channel,
    thread: undefined,
    broadcast: false,
    message: ownerCall(state, { service, people }),
    key,
  })
}
