import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import { type Edge, personOf } from './edge.ts'
import type { Asker } from './parts.ts'

/**
 * What somebody is told who may not ask; `undefined` for everybody else. Before anything is shown – `shows` – it must also be
 * certain who they are. What they only say themselves is taken from a person whom Slack does not name at the moment, because
 * an emergency does not wait for it: approving needs a name in any case.
 */
export async function turnedAway(
  { workflows, slack }: Pick<Edge, 'workflows' | 'slack'>,
  asker: Asker,
  { shows, service }: { readonly shows: string | undefined; readonly service?: ServiceId },
): Promise<Answer | undefined> {
  const found = await workflows.whoAsks(personOf(asker), service)
  switch (found.kind) {
    case 'member':
      return undefined
    case 'outsider':
      return { kind: 'may_not_request', why: found.why }
    case 'unseen':
      return shows === undefined
        ? undefined
        : {
            kind: 'trouble',
            what: `Slack does not say at the moment who you are, and ${shows} is shown to members alone.`,
            done: 'Nothing was done.',
            next: `Try again in a moment. A rollback can be asked for meanwhile: ${slack.commands.rollback} <service> --reason …`,
          }
  }
}
