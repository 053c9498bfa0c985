import type { ModalView } from '@slack/types'
import type { Edge } from '../edge.ts'
import { isRefused } from '../failure.ts'

/** Shows a form as it is to be now. */
export async function redrawn(
  { client, log }: Edge,
  { id, hash }: { readonly id: string; readonly hash?: string | undefined },
  view: ModalView,
): Promise<void> {
  try {
    await client.views.update({ view_id: id, view, ...(hash === undefined ? {} : { hash }) })
  } catch (error) {
    // Somebody chose again, or closed it, before the answer came: the later choice is shown.
    if (!isRefused(error, 'hash_conflict', 'not_found')) throw error
    log.info({ view: view.callback_id }, 'a form had moved on')
  }
}
