import { keyOf } from '../support/history-checker/collect.ts'
import type { Crew } from './crew.ts'

/** Of every message, whatever has one. */
export const keysOf = (slack: Crew['slack']): readonly string[] =>
  slack
    .channels()
    .flatMap(({ id }) => slack.messages(id).flatMap(({ message }) => keyOf(message.metadata) ?? []))

/** What stands there more than once. */
export const twice = (slack: Crew['slack']): readonly string[] => {
  const all = keysOf(slack)
  return all.filter((key, at) => all.indexOf(key) !== at)
}

export type Pod = ReturnType<Crew['cluster']['pods']>[number]
export const isReady = ({ status: { containerStatuses = [] } }: Pod): boolean =>
  containerStatuses.some(({ ready }) => ready)
export const isWaiting = ({ status: { containerStatuses = [] } }: Pod): boolean =>
  containerStatuses.some(({ state }) =>
    /^(ImagePullBackOff|ErrImagePull)$/.test(state.waiting?.reason ?? ''),
  )
