import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Alert, alertSources, sourceNames } from '#domain/alerts/alert.ts'
import { type Mapping, mappingOf } from '#domain/alerts/rules.ts'
import { count, stamp } from '#domain/communication/words.ts'
import { readAlerts } from '#inbound/read-alerts.ts'
import { type Command, exit, Misused } from './command.ts'
import { soundFileOf } from './config-file.ts'

export const webhookTry: Command = {
  name: 'webhook try',
  usage: '<source> <file> [--config file]',
  help: 'Say what a webhook would do: which rule of the configuration takes each alert, and for which service. Sends nothing.',
  example: 'webhook try alertmanager payload.json',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' } },
    })
    const [named, path, ...rest] = positionals
    const source = alertSources.find((known) => known === named)
    if (!source) throw new Misused(`Name one of ${alertSources.join(', ')}`)
    if (path === undefined || rest.length > 0) throw new Misused('Name one file with the body')
    const file = soundFileOf(terminal, values.config)
    if (!file) return exit.found
    const raw = bytesOf(path)
    if (!raw) {
      terminal.err(`${path} cannot be read.`)
      return exit.found
    }
    const read = readAlerts(source, raw)
    if (read.kind === 'unreadable') {
      terminal.err(`This is not what ${sourceNames[source]} sends: ${read.why}.`)
      return exit.found
    }
    if (read.alerts.length === 0) {
      terminal.out(
        'There is nothing to do for this kind of message; it would be answered with 200.',
      )
      return exit.fine
    }
    const { rules } = file.webhooks
    const tried = read.alerts.map((alert) => ({
      alert,
      mapping: mappingOf(rules, file.catalogue, alert),
    }))
    const suggests = file.webhooks.unauthenticated.includes(source)
    terminal.out(tried.map((one) => words(one, suggests)).join('\n\n'))
    return tried.some(({ mapping }) => mapping.kind === 'unmapped') ? exit.found : exit.fine
  },
}

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function words(
  { alert, mapping }: { readonly alert: Alert; readonly mapping: Mapping },
  maySuggestOnly: boolean,
): string {
  const { name, status, startsAt, summary, labels, severity, rollback } = alert
  const shown = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  return [
    `${name}: ${status} since ${stamp(startsAt)}`,
    ...(summary === name ? [] : [`  says      ${summary}`]),
    `  labels    ${shown.length > 0 ? shown.join(', ') : 'none'}`,
    `  severity  ${severity ?? 'not said'}`,
    ...(rollback === null ? [] : [`  asks for a rollback: ${rollback}`]),
    ...outcome(mapping, status, maySuggestOnly),
  ].join('\n')
}

function outcome(
  mapping: Mapping,
  status: Alert['status'],
  maySuggestOnly: boolean,
): readonly string[] {
  switch (mapping.kind) {
    case 'ignored':
      return [`  → ignored by ${mapping.rule.name}`]
    case 'unmapped':
      return [
        mapping.because.length === 0
          ? '  → nobody’s: there are no rules'
          : `  → nobody’s: none of ${count(mapping.because.length, 'rule')} takes it`,
        ...mapping.because.map((why) => `      ${why}`),
      ]
    case 'mapped': {
      const { rule, service, severity, effect } = mapping
      const does =
        effect === 'suggest' || maySuggestOnly
          ? 'suggests something to its people'
          : status === 'firing'
            ? 'opens an incident, or adds to the open one'
            : 'is noted in the open incident'
      return [
        `  → ${service} by ${rule.name}: ${does}, severity ${severity ?? 'by the tier of the service'}`,
      ]
    }
  }
}
