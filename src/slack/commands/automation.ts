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
  const { service } = asked
  const away = await turnedAway(edge, asker, { shows: `${command} automation`, service })
  if (away) return messageFor(edge, away)
  if (asked.kind === 'show') return messageFor(edge, await workflows.automation(service))
  const { kind: to, until, reason } = asked
  const who = { by: personOf(asker), delivery: asker.delivery }
  return messageFor(edge, await workflows.switchAutomation({ service, to, until, reason, ...who }))
}
