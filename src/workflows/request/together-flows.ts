import type { Answer } from '#domain/communication/answer.ts'
import type { DeliveryId } from '#domain/ids.ts'
import type { TogetherRequest } from '#domain/rollback/request.ts'
import { changedSince, type Window } from './changed-since.ts'
import { previewTogether, requestTogether } from './request-together.ts'
import type { World } from '#workflows/world.ts'

/** What the surfaces may ask for of several services at once. */
export interface TogetherFlows {
  /** One after the other under one approval. */
  requestTogether(request: TogetherRequest, delivery: DeliveryId): Promise<Answer>
  previewTogether(request: TogetherRequest): Promise<Answer>
  /** What of the catalogue, or of one namespace, went out since a moment. */
  changedSince(window: Window): Promise<Answer>
}

export const togetherFlows = (world: World): TogetherFlows => ({
  requestTogether: (request, delivery) => requestTogether(world, request, delivery),
  previewTogether: (request) => previewTogether(world, request),
  changedSince: (window) => changedSince(world, window),
})
