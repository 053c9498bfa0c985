import type { ServiceId } from '#domain/ids.ts'
import { type Edge, messageFor } from '../edge.ts'
import type { Message } from '../views/index.ts'
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
  async run(edge, { command, words }) {
    const { catalogue, workflows } = edge
    const asked = oneService(words, `${command} status`, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    if (asked.typed === undefined) return everything(edge)
    const service = serviceNamed(asked.typed, catalogue)
    return messageFor(
      edge,
      service ? await workflows.status(service) : unknownService(asked.typed, catalogue),
    )
  },
}

async function everything(edge: Edge): Promise<Message> {
  const open = await servicesWithIncidents(edge)
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

async function servicesWithIncidents({ catalogue, timeline }: Edge): Promise<readonly ServiceId[]> {
  const looked = await Promise.all(
    [...catalogue.values()].map(async ({ id }) =>
      (await timeline.openIncidents(id)).length > 0 ? [id] : [],
    ),
  )
  return looked.flat()
}
