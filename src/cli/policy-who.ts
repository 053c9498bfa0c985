import { parseArgs } from 'node:util'
import type { ConfigFileContent } from '#config/file.ts'
import { unraised, windowInTime } from '#domain/authority/matrix.ts'
import { isAtLeast, type Role, roleNames, roles } from '#domain/authority/role.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import { span } from '#domain/communication/words.ts'
import type { RoleSource, Service } from '#domain/service.ts'
import { instant, type Micros, micros } from '#domain/time.ts'
import { type Command, exit, Misused } from './command.ts'
import { serviceIn, soundFileOf } from './config-file.ts'

export const policyWho: Command = {
  name: 'policy who',
  usage: '<service> [--at 22m] [--levels 1] [--config file]',
  help: 'Say who may approve a rollback so long after the incident began. Asks nobody: the configuration answers.',
  example: 'policy who checkout --at 22m',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        at: { type: 'string', default: '0m' },
        levels: { type: 'string', default: '0' },
        config: { type: 'string' },
      },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0) throw new Misused('Name one service')
    const elapsed = elapsedOf(values.at)
    if (!/^[0-4]$/.test(values.levels)) throw new Misused('--levels takes 0 to 4')

    const file = soundFileOf(terminal, values.config)
    if (!file) return exit.found
    const service = serviceIn(file, name, terminal)
    if (!service) return exit.found
    terminal.out(answer(service, file, elapsed, Number(values.levels)))
    return exit.fine
  },
}

/** `22m`, `1h30m`, `90s`, `14m59.999999s`: exact to the microsecond. */
export function elapsedOf(text: string, flag = '--at'): Micros {
  const found = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})(?:\.(\d{1,6}))?s)?$/.exec(text)
  if (!found || text === '') throw new Misused(`${flag} takes a time such as 22m, 1h30m or 90s`)
  const [, hours = '0', mins = '0', secs = '0', fraction = ''] = found
  const whole = Number(hours) * 3600 + Number(mins) * 60 + Number(secs)
  return micros(whole * 1_000_000 + Number(fraction.padEnd(6, '0')))
}

function answer(
  service: Service,
  { policy, roles: organisation, organisation: owner }: ConfigFileContent,
  elapsed: Micros,
  levels: number,
): string {
  const start = instant(0)
  const now = instant(elapsed)
  const who = whoDecides(policy.matrix, start, now, { ...unraised, levels })
  const since = windowInTime(policy.matrix, start, now).since
  const sources = { ...organisation, ...service.roles }
  const person = (role: Role) => `${roleNames[role]} (${named(sources[role])})`

  const lines = [
    `${service.id} of ${owner}, ${span(elapsed)} after the incident began`,
    `now   ${person(who.now)} may approve, since ${span(since)}${who.until === undefined ? '' : `, until ${span(who.until)}`}`,
    ...(who.coApprover
      ? [`      together with a second person who is ${roleNames[who.coApprover]} or above`]
      : []),
    ...above(who.now).map((role) => `or    ${person(role)}`),
    ...who.then
      .filter(({ role }, index) => role !== (who.then[index - 1]?.role ?? who.now))
      .map(({ from, role }) => `then  ${person(role)}, from ${span(from)} on`),
    `told  ${who.told.length > 0 ? who.told.map(person).join(', ') : 'nobody else'}`,
    service.twoPerson
      ? 'Two people: whoever asks cannot be the only one to approve; one other must agree.'
      : 'One person is enough, also whoever asked, with the authority above.',
  ]
  return lines.join('\n')
}

const above = (role: Role): readonly Role[] =>
  roles.filter((other) => isAtLeast(other, role) && other !== role)

const named = ({ slackUserGroup, members = [] }: RoleSource): string =>
  [...(slackUserGroup === undefined ? [] : [`@${slackUserGroup}`]), ...members].join(', ')
