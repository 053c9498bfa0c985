import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { type AlertSource, alertSources, sourceNames } from '#domain/alerts/alert.ts'
import { count, list } from '#domain/communication/words.ts'
import type { Finding } from '#ports/finding.ts'
import type { Told } from '../config.ts'

/** Which senders may send, and whether anything becomes of what they send. */
export function webhooksPart(
  { webhookSecrets }: Pick<Told, 'webhookSecrets'>,
  { webhooks }: Pick<ConfigFileContent, 'webhooks'>,
): Part {
  return { about: 'Alerts', look: async () => [...taken(), ...alertSources.flatMap(finding)] }

  function taken(): readonly Finding[] {
    const working = alertSources.filter((source) => mayCome(source) && rulesFor(source) > 0)
    if (working.length === 0) return []
    const names = list(working.map((source) => sourceNames[source]))
    const text = `${names} may send, by ${count(webhooks.rules.length, 'rule')}`
    return [{ result: 'fine', text }]
  }

  function finding(source: AlertSource): readonly Finding[] {
    const named = webhooks.rules.some(({ sources }) => sources.includes(source))
    const name = sourceNames[source]
    if (mayCome(source) && rulesFor(source) === 0)
      return [
        {
          result: 'note',
          text: `${name} may send, and no rule takes anything it sends: it is acknowledged and forgotten`,
          remedy: `add a rule under webhooks.rules; countermand webhook try ${source} <file> says what it would do`,
        },
      ]
    if (!mayCome(source) && named)
      return [
        {
          result: 'note',
          text: `rules name ${name}, and whatever it sends is refused: it has no secret`,
          remedy: `give it WEBHOOK_${source.toUpperCase()}_SECRET, or name it under webhooks.unauthenticated to let it suggest`,
        },
      ]
    return []
  }

  function mayCome(source: AlertSource): boolean {
    return (webhookSecrets[source]?.length ?? 0) > 0 || webhooks.unauthenticated.includes(source)
  }
  function rulesFor(source: AlertSource): number {
    return webhooks.rules.filter(
      ({ sources, effect }) =>
        effect !== 'ignore' && (sources.length === 0 || sources.includes(source)),
    ).length
  }
}
