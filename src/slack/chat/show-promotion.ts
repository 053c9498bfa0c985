import type { PromotionId } from '#domain/ids.ts'
import { isPromotion } from '#domain/ids.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { formerService } from '#domain/service.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import { minRequestsOf } from '#workflows/promotion/record.ts'
import type { Edge } from '../edge.ts'
import { promotionPicture } from '../pictures/promotion-picture.ts'
import { gateNotice, line, promotionCard } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { uploadOnce } from './upload-once.ts'
import { postInRoom } from './room.ts'
import type { Shows } from './show-card.ts'
import { whoIsOnCall } from './who-to-call.ts'

/** The card of a promotion: where it was asked for, else in the service's own channel. */
export const canaryCard =
  (id: PromotionId): Shows =>
  async (edge) => {
    const { timeline, policy, sign } = edge
    const state = promotionState(await timeline.read(id))
    if (!state) return undefined
    const service = serviceOf(edge, state)
    const message = promotionCard(state, {
      now: await timeline.now(),
      minRequests: minRequestsOf(policy, state.service),
      environment: service.environment,
      sign,
    })
    return { message, channel: await channelOf(edge, state), finish: async () => undefined }
  }

/** A line under the card, or a call to whoever decides. */
export async function showOfPromotion(
  edge: Edge,
  { incident, notice, key }: Waiting,
): Promise<Surface | undefined> {
  if (!isPromotion(incident) || (notice.kind !== 'line' && notice.kind !== 'gate')) return undefined
  const { seq } = notice
  const history = await edge.timeline.read(incident)
  const recorded = history.find((row) => row.seq === seq)
  const state = promotionState(history.slice(0, seq))
  if (!recorded || !state || !('promotion' in recorded.event)) return undefined
  const card = await edge.outbox.surface(`card:${incident}`)
  const where = {
    channel: card?.channel ?? (await channelOf(edge, state)),
    thread: card?.ts,
    key,
  }
  if (notice.kind === 'line') {
    const message = line(recorded, { incident: state, rollback: undefined, promotion: state })
    return postInRoom(edge, { ...where, broadcast: notice.broadcast, message })
  }
  const { settings, requestedBy } = state
  // Whoever asked may take it away or hold it, but not let it go on.
  const isForOthers =
    recorded.event.kind === 'promotion_gate_opened' && !settings.requesterMayApprove
  const { people } = await whoIsOnCall(
    edge,
    serviceOf(edge, state),
    isForOthers ? requestedBy : undefined,
  )
  const message = gateNotice(state, recorded.event, people)
  const posted = await postInRoom(edge, { ...where, broadcast: true, message })
  await draws(edge, state, key, { channel: posted.channel, ts: card?.ts })
  return posted
}

/** Under the card, with what people decide on. */
async function draws(
  edge: Edge,
  state: PromotionState,
  key: string,
  at: { readonly channel: string; readonly ts: string | undefined },
): Promise<void> {
  const picture = await promotionPicture(state, edge.draw)
  if (!picture) return
  const { title, png: content, alt } = picture
  const file = { title, filename: `${state.service}.png`, content, alt }
  await uploadOnce(edge, { key: `picture:${key}`, at, batches: [[file]] })
}

const serviceOf = ({ catalogue }: Pick<Edge, 'catalogue'>, state: PromotionState) =>
  catalogue.get(state.service) ?? formerService(state.service, state.target)

/** In a direct message nobody else would see it. */
async function channelOf(edge: Edge, state: PromotionState): Promise<string | undefined> {
  const { channel } = state
  if (channel !== undefined && !channel.startsWith('D')) return channel
  const own = serviceOf(edge, state).channel
  return own === undefined ? undefined : channelNamed(edge, own)
}
