import { parseArgs } from 'node:util'
import { limitNames, limitOf, limits, limitsFor } from '#domain/assessment/limits.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ProfileName, ScoreRow } from '#domain/assessment/profiles.ts'
import { latency, percent } from '#domain/communication/words.ts'
import { askedOf } from '#domain/assessment/reading.ts'
import type { Policy } from '#domain/policy.ts'
import type { Service } from '#domain/service.ts'
import { type Command, exit, Misused } from './command.ts'
import { serviceIn, soundFileOf } from './config-file.ts'
import { triggersText } from './explain-triggers.ts'
import { promotionText } from './explain-promotion.ts'
import { waysText } from './explain-ways.ts'
import { limitSource } from './limit-source.ts'

export const policyExplain: Command = {
  name: 'policy explain',
  usage: '<service> [--config file]',
  help: 'Say which numbers an assessment of a service decides by, in which order the ways to roll it back are tried, which triggers may roll it back by itself and how its canaries go forward, and where each number comes from: the default, the organisation or the service itself.',
  example: 'policy explain checkout',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' } },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0) throw new Misused('Name one service')
    const file = soundFileOf(terminal, values.config)
    const service = file && serviceIn(file, name, terminal)
    if (!file || !service) return exit.found
    terminal.out(explained(service, file.policy))
    return exit.fine
  },
}

function explained(service: Service, policy: Policy): string {
  const own = policy.own?.[service.id]
  const holds = limitsFor(policy, service.id)
  const widest = Math.max(...limitNames.map((name) => name.length))
  return [
    `What an assessment of ${service.id} decides by (policy ${policy.hash.slice(0, 12)})`,
    ...limitNames.map((name) => {
      const figure = `${limitOf(holds, name)}${units[limits[name].unit]}`
      return `${name.padEnd(widest)}  ${figure.padStart(8)}  ${limitSource(name, service, policy).padEnd(12)}  ${limits[name].says}`
    }),
    '',
    ...(holds.profile
      ? scoreText(own?.profile, holds.profile, service)
      : ['No profile: nothing is weighed. A service may have policy: { profile: e-commerce }.']),
    '',
    ...waysText(service, policy),
    '',
    ...triggersText(service, policy),
    '',
    ...promotionText(service),
  ].join('\n')
}

const units = { percent: ' %', times: ' ×', minutes: ' min', seconds: ' s', count: '' } as const

function scoreText(
  name: ProfileName | undefined,
  { rows, pauseAt, rollBackAt }: NonNullable<AssessmentPolicy['profile']>,
  { signals }: Service,
): readonly string[] {
  const lines = rows.map((row) => {
    const query = askedOf(row.signal)
    const missing = query !== undefined && signals[query] === undefined
    return `${String(row.weight).padStart(5)}  ${rowText(row)}${missing ? `  – not measured: add signals.${query}` : ''}`
  })
  return [
    `Profile ${name}: from ${pauseAt} on a person is asked, from ${rollBackAt} on it is rolled back; what is not measured is no good answer`,
    ...lines,
  ]
}

function rowText({ name, fires, limit, signal, alertFrom }: ScoreRow): string {
  const say = signal.endsWith('p95') ? latency : percent
  if (fires === 'timesNormal') return `${name} above ${limit} times normal`
  if (signal === 'circuit-breaker') return name
  const told = alertFrom === undefined ? '' : `, told from ${say(alertFrom)} on`
  return `${name} ${fires} ${exact(limit, say)}${told}`
}

/** 99.5 % is not 100 %. */
const exact = (limit: number, say: typeof percent): string =>
  say === percent ? `${Number((limit * 100).toPrecision(6))} %` : say(limit)
