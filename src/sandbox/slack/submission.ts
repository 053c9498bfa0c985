import { isWire } from './api/method.ts'
import { checkedView, pushView, replaceView } from './api/views.ts'
import { Refused, type View } from './model.ts'
import type { Workspace } from './workspace.ts'

interface Submitter {
  readonly user: string
  readonly workspace: Workspace
  readonly errors: Map<string, Readonly<Record<string, string>>>
}

/** What a view shows when the app did not answer, or not in a way Slack understands. */
export const viewTrouble = { '': 'We had some trouble connecting. Try again?' } as const

/** Closes, updates, pushes or clears as the app answered, or keeps the errors to show. */
export function takeSubmissionAnswer(
  view: View,
  body: unknown,
  { user, workspace, errors }: Submitter,
): void {
  const answer = isWire(body) ? body : {}
  switch (answer['response_action']) {
    case undefined:
      return workspace.setViews(
        user,
        workspace.viewsOf(user).filter(({ id }) => id !== view.id),
      )
    case 'clear':
      return workspace.setViews(user, [])
    case 'errors': {
      const said = isWire(answer['errors']) ? answer['errors'] : {}
      const texts = Object.entries(said).map(([block, text]) => [block, String(text)])
      const known = texts.filter(([block]) => view.blocks.some((one) => one['block_id'] === block))
      // Slack drops the answer and shows its own trouble when a named block is not an input of the view.
      errors.set(view.id, known.length > 0 ? Object.fromEntries(known) : viewTrouble)
      return
    }
    case 'update':
    case 'push':
      try {
        const body = checkedView({ view: answer['view'] })
        if (answer['response_action'] === 'push') pushView(workspace, user, body)
        else replaceView(workspace, user, view, body)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        errors.set(view.id, viewTrouble)
      }
      return
    default:
      errors.set(view.id, viewTrouble)
  }
}
