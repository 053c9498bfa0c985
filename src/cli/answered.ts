import type { Answer } from '#domain/communication/answer.ts'
import { exit, type Terminal } from './command.ts'
import type { Desk, Sitting } from './desk.ts'

/** Says an answer as Slack would; the exit code tells a script whether it was what was asked for. */
export async function answered(desk: Desk, terminal: Terminal, answer: Answer): Promise<number> {
  const text = await desk.say(answer)
  if (good.some((kind) => kind === answer.kind)) {
    terminal.out(text)
    return exit.fine
  }
  terminal.err(text)
  return answer.kind === 'usage' ? exit.misused : exit.found
}

const good: readonly Answer['kind'][] = [
  'requested',
  'preview',
  'decided',
  'counted',
  'status',
  'history',
  'automation',
  'policy',
  'promotion',
  'promotion_decided',
]

/** Whoever acts: the first who sat down. */
export function whoActs({ sitting }: Desk): Sitting {
  const [first] = sitting
  if (!first) throw new Error('Nobody sits here')
  return first
}
