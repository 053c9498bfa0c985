import { z } from 'zod'
import { alertSources } from '#domain/alerts/alert.ts'
import type { AlertRule } from '#domain/alerts/rules.ts'
import { noWebhooks, type WebhookSettings } from '#domain/alerts/settings.ts'
import { serviceId } from '#domain/ids.ts'
import { severities } from '#domain/incident/severity.ts'
import { nearest } from '#domain/nearest.ts'
import type { Finding } from './finding.ts'
import { text } from './text.ts'

const Source = z.enum(alertSources)
const HeaderName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,80}$/, 'must be the name of a header such as X-Signature')

const Rule = z
  .strictObject({
    /** What the rule is called where it is spoken of. */
    name: text(80).optional(),
    source: z
      .union([Source, z.array(Source).min(1)], {
        error: `must be one or several of ${alertSources.join(', ')}`,
      })
      .optional(),
    /** All of these labels must be there and look so; `*` stands for any characters. */
    match: z.record(text(100), text(200)).default({}),
    service: text(63).optional(),
    /** The label whose value is the name of a service. */
    serviceFrom: text(100).optional(),
    severity: z.enum(severities).optional(),
    effect: z.enum(['open', 'suggest', 'ignore']).default('open'),
  })
  .refine(
    ({ service, serviceFrom, effect }) =>
      effect === 'ignore'
        ? service === undefined && serviceFrom === undefined
        : (service === undefined) !== (serviceFrom === undefined),
    { message: 'needs exactly one of service and serviceFrom; with effect: ignore, neither' },
  )

export const WebhooksSection = z.strictObject({
  /** Sources that cannot prove who they are: they may suggest, never open anything. */
  unauthenticated: z.array(Source).default([]),
  /** The names of the headers that Grafana's contact point was told to use. */
  grafana: z
    .strictObject({
      signatureHeader: HeaderName.optional(),
      timestampHeader: HeaderName.optional(),
    })
    .optional(),
  /** Whose an alert is. The first rule that fits decides. */
  rules: z.array(Rule).max(500).default([]),
})
export type WebhooksSection = z.infer<typeof WebhooksSection>

export function webhookSettings(section: WebhooksSection | undefined): WebhookSettings {
  if (!section) return noWebhooks
  const { unauthenticated, grafana, rules } = section
  const usual = noWebhooks.grafana
  return {
    unauthenticated,
    grafana: {
      signature: grafana?.signatureHeader?.toLowerCase() ?? usual.signature,
      timestamp: grafana?.timestampHeader?.toLowerCase() ?? usual.timestamp,
    },
    rules: rules.map(ruleOf),
  }
}

function ruleOf(row: WebhooksSection['rules'][number], index: number): AlertRule {
  const { name, source, match, service, serviceFrom, severity, effect } = row
  return {
    name: name ?? `rule ${index + 1}`,
    sources: source === undefined ? [] : [source].flat(),
    match,
    service:
      service !== undefined
        ? { name: serviceId(service) }
        : serviceFrom !== undefined
          ? { label: serviceFrom }
          : null,
    severity: severity ?? null,
    effect,
  }
}

/** Services that stand nowhere, rules that are never reached. */
export function webhookProblems(
  section: WebhooksSection | undefined,
  services: readonly string[],
): readonly Finding[] {
  const rules = section?.rules ?? []
  return rules.flatMap(({ service }, index): readonly Finding[] => {
    const path = ['webhooks', 'rules', index]
    const dangling =
      service === undefined || services.includes(service)
        ? []
        : [{ path: [...path, 'service'], text: noService(service, services) }]
    const hiding = rules.slice(0, index).findIndex((earlier) => hides(earlier, rules[index]))
    return hiding < 0
      ? dangling
      : [
          ...dangling,
          { path, text: `is never reached: rule ${hiding + 1} takes everything it is for` },
        ]
  })
}

function noService(typed: string, services: readonly string[]): string {
  const close = nearest(services, typed)
  const hint = close.length > 0 ? `; did you mean ${close.join(' or ')}?` : ''
  return `no service ${typed} is configured${hint}`
}

type Row = WebhooksSection['rules'][number]

/** Whatever fits the later one fits the earlier one, which always finds a service or ignores it. */
function hides(earlier: Row, later: Row | undefined): boolean {
  if (!later || earlier.serviceFrom !== undefined) return false
  const its = earlier.source === undefined ? undefined : [earlier.source].flat()
  const others = later.source === undefined ? undefined : [later.source].flat()
  const covers = its === undefined || (others?.every((source) => its.includes(source)) ?? false)
  return (
    covers &&
    Object.entries(earlier.match).every(
      ([label, wanted]) =>
        later.match[label] === wanted || (wanted === '*' && label in later.match),
    )
  )
}
