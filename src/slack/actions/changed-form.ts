import { type ServiceId, serviceId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import { type Edge, messageFor, personOf, tell } from '../edge.ts'
import type { Asker } from '../parts.ts'
import { enteredAll, type View, entered } from '../schema.ts'
import { changedModal, inputs } from '../views/index.ts'
import { metadataFor, readMetadata } from './metadata.ts'
import { redrawn } from './redrawn.ts'

interface Wanted {
  readonly since: Instant
  readonly namespace: string | undefined
  readonly reason: string | undefined
}

/** Opened before anything is looked up: the permission to open it lasts 3 s. */
export async function openChangedForm(edge: Edge, asker: Asker, wanted: Wanted): Promise<void> {
  const { client, timeline, workflows } = edge
  if (asker.triggerId === undefined) throw new Error('a form needs a trigger')
  const opened = await timeline.now()
  const metadata = metadataFor(asker, undefined, opened)
  const given = { ...wanted, found: undefined, problem: undefined, metadata }
  const empty = changedModal({ ...given, now: opened })
  const { view } = await client.views.open({ trigger_id: asker.triggerId, view: empty })
  if (view?.id === undefined) return
  const found = await workflows.changedSince(wanted)
  const now = await timeline.now()
  const form =
    found.kind === 'changed_since'
      ? changedModal({ ...given, now, found })
      : changedModal({ ...given, now, problem: (await messageFor(edge, found)).text })
  await redrawn(edge, { id: view.id, hash: view.hash }, form)
}

export async function submitChangedForm(edge: Edge, asker: Asker, view: View): Promise<void> {
  const { catalogue, workflows } = edge
  const chosen = [...enteredAll(view, inputs.changed), ...enteredAll(view, inputs.others)]
  const services = chosen.flatMap((one): readonly ServiceId[] =>
    catalogue.has(one) ? [serviceId(one)] : [],
  )
  if (services.length === 0)
    return tell(edge, asker, { kind: 'nothing_found', what: 'a service that was ticked' })
  const request = {
    by: personOf(asker),
    services,
    reason: entered(view, inputs.reason) ?? `rollback of ${services.join(', ')}`,
    reasonKind: 'other',
    severity: undefined,
    since: undefined,
    askedAt: readMetadata(view.private_metadata)?.opened,
  } as const
  await tell(edge, asker, await workflows.requestTogether(request, asker.delivery))
}
