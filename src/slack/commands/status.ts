import type { ServiceId } from '#domain/ids.ts'
import { type Edge, messageFor, personOf } from '../edge.ts'
import type { Asker } from '../parts.ts'
import type { Message } from '../views/index.ts'
import { turnedAway } from '../turned-away.ts'
import type { Command } from './command.ts'
import { oneService } from './one-service.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'

/** More than these do not fit into a message that is still read. */
const mostServices = 4
/** Slack takes no more blocks in a message. */
const mostBlocks = 50

export const status: Command = {
  name: 'status',
  usage: '[service]',
  help: 'What is running and what is under way; without a service, everything under way',
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { catalogue, workflows } = edge
    const asked = oneService(words, `${command} status`, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    if (asked.typed === undefined) return everything(edge, asker)
    const service = serviceNamed(asked.typed, catalogue)
    if (!service) return messageFor(edge, unknownService(asked.typed, catalogue))
    const away = await turnedAway(edge, asker, { shows: `${command} status`, service })
    return messageFor(edge, away ?? (await workflows.status(service)))
  },
}

async function everything(edge: Edge, asker: Asker): Promise<Message> {
  const open = await servicesWithIncidents(edge, asker)
  if (open.length === 0)
    return messageFor(edge, { kind: 'nothing_found', what: 'an open incident' })
  const messages = await Promise.all(
    open
      .slice(0, mostServices)
      .map(async (service) => messageFor(edge, await edge.workflows.status(service))),
  )
  return {
    text: messages.map(({ text }) => text).join('\n'),
    blocks: messages.flatMap(({ blocks }) => blocks).slice(0, mostBlocks),
  }
}

/** Those of them that this person may know about. */
async function servicesWithIncidents(
  { catalogue, timeline, workflows }: Edge,
  asker: Asker,
): Promise<readonly ServiceId[]> {
  const looked = await Promise.all(
    [...catalogue.values()].map(async ({ id }) => {
      if ((await timeline.openIncidents(id)).length === 0) return []
      const { kind } = await workflows.whoAsks(personOf(asker), id)
      return kind === 'member' ? [id] : []
    }),
  )
  return looked.flat()
}
