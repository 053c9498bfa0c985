import type { ServiceId } from '#domain/ids.ts'
import type { Message } from '../views/index.ts'
import { messageFor, personOf, type Edge } from '../edge.ts'
import { turnedAway } from '../turned-away.ts'
import type { Asked, Command } from './command.ts'
import { automationUsage, automationWords } from './automation-words.ts'

/** `/rollback automation off checkout --until 18:00 --reason …`: what may happen by itself, and who said so. */
export const automation: Command = {
  name: 'automation',
  usage: automationUsage,
  help: 'What may be rolled back by itself; switch that off for a time, or on again, with the level of this minute',
  examples: ['automation checkout', 'automation off checkout --until 2h --reason "a load test"'],
  answers: 'known members',
  run: answer,
}

async function answer(edge: Edge, { asker, command, words }: Asked) {
  const { catalogue, workflows, timeline } = edge
  const now = await timeline.now()
  const asked = automationWords(words, { command: `${command} automation`, catalogue, now })
  if (asked.kind === 'answer') return messageFor(edge, asked.answer)
  const messages: Message[] = []
  // Each for itself: the authority over one service is not the authority over another.
  for (const service of asked.services) {
    const away = await turnedAway(edge, asker, { shows: `${command} automation`, service })
    messages.push(await messageFor(edge, away ?? (await done(service))))
  }
  return {
    text: messages.map(({ text }) => text).join('\n'),
    blocks: messages.flatMap(({ blocks }) => blocks).slice(0, mostBlocks),
  }

  async function done(service: ServiceId) {
    if (asked.kind === 'answer') return asked.answer
    if (asked.kind === 'show') return workflows.automation(service)
    const { kind: to, until, reason } = asked
    const who = { by: personOf(asker), delivery: asker.delivery }
    return workflows.switchAutomation({ service, to, until, reason, ...who })
  }
}

/** Slack takes no more blocks in a message. */
const mostBlocks = 50
