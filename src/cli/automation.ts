import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import { answered, whoActs } from './answered.ts'
import type { Command } from './command.ts'
import { deskFlags, deskOptions, deskUsage, takeFlags } from './own-flags.ts'

/** The same words as in Slack; switching needs to know who asks, looking does not. */
export const automation: Command = {
  name: 'automation',
  usage: `[off|on] <service|everything> [--until 2h|18:00] [--reason …] ${deskUsage}`,
  help: 'What may be rolled back by itself; switch that off for a time, or on again, with the level of this minute.',
  example: 'automation off checkout --until 2h --reason "a load test"',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, { ...deskFlags, until: 'value', reason: 'value' })
    const switches = rest[0] === 'off' || rest[0] === 'on'
    await using desk = await terminal.openDesk(
      deskOptions(flags, switches ? 'identity' : 'reading'),
    )
    const given = (['until', 'reason'] as const).flatMap((name) => {
      const value = flags[name]
      return value === undefined ? [] : [`--${name}`, value]
    })
    const asked = await desk.readAutomation([...rest, ...given])
    if (asked.kind === 'answer') return await answered(desk, terminal, asked.answer)
    const codes: number[] = []
    for (const service of asked.services)
      codes.push(await answered(desk, terminal, await done(service)))
    return Math.max(...codes)

    async function done(service: ServiceId): Promise<Answer> {
      if (asked.kind === 'answer') return asked.answer
      if (asked.kind === 'show') return desk.workflows.automation(service)
      const { kind: to, until, reason } = asked
      const { person: by } = whoActs(desk)
      const said = { service, to, until, reason, by, delivery: desk.delivery() }
      return desk.workflows.switchAutomation(said)
    }
  },
}
