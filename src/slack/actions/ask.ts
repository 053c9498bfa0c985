import { type Role, roleNames } from '#domain/authority/role.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { roleList } from '#domain/communication/role-words.ts'
import { type Edge, type Known, personOf } from '../edge.ts'
import { post } from '../chat/post.ts'
import { whoToCall } from '../chat/who-to-call.ts'
import type { Asker } from '../parts.ts'
import { reply } from '../reply.ts'
import { mention } from '../views/index.ts'

/** Nobody is called twice for the same thing within a minute. */
const quietMs = 60_000
const lastAsked = new Map<string, number>()

/** Calls the holders of a role into the thread, and says on the timeline who was called. */
export async function askHolders(
  edge: Edge,
  known: Known,
  asker: Asker,
  role: Role | undefined,
): Promise<Answer | undefined> {
  if (role === undefined) return { kind: 'nothing_found', what: 'the role to ask' }
  const { incident, incidentId, rollback, service } = known
  if (!incident.channel) return { kind: 'nothing_found', what: 'the channel of the incident' }
  if (!mayAskAgain(`${rollback.id} ${role}`)) {
    await reply(edge, asker, said(`The ${roleNames[role]} was asked less than a minute ago.`))
    return undefined
  }

  const { roles, people } = await whoToCall(edge, { roles: [role], rollback, service })
  const card = await edge.outbox.surface(`card:${rollback.id}`)
  const now = await edge.timeline.now()
  await post(edge, {
    channel: incident.channel.id,
    thread: card?.ts,
    broadcast: true,
    message: mention({ about: 'asked', roles, people, incident, rollback, now }),
  })
  await edge.workflows.rolesTold(incidentId, roles, people, 'asked')
  edge.log.info({ role, by: personOf(asker) }, 'somebody asked for a decision')
  await reply(
    edge,
    asker,
    said(`The ${roleList(roles, 'or')} was asked in the incident’s channel.`),
  )
  return undefined
}

function mayAskAgain(key: string): boolean {
  const now = performance.now()
  for (const [other, at] of lastAsked) if (now - at > quietMs) lastAsked.delete(other)
  if (lastAsked.has(key)) return false
  lastAsked.set(key, now)
  return true
}

const said = (text: string) => ({ text, blocks: [] })
