import { z } from 'zod'
import { metricSources, type MetricSource } from '#domain/signals.ts'
import type { Finding } from './finding.ts'

/** Only these: an address of one's own would be a way to send the keys anywhere. */
const datadogSites = [
  'datadoghq.com',
  'datadoghq.eu',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const

export const AwsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be a region such as eu-central-1')

export const metricsSection = (url: z.ZodType<string, string>) =>
  z.strictObject({
    prometheus: z.strictObject({ url }).optional(),
    /** The keys stand in the environment: DATADOG_API_KEY and DATADOG_APP_KEY. */
    datadog: z.strictObject({ site: z.enum(datadogSites) }).optional(),
    /** The key stands in the environment: NEW_RELIC_USER_KEY. */
    newRelic: z
      .strictObject({
        account: z.int().positive(),
        region: z.enum(['us', 'eu']).default('us'),
      })
      .optional(),
    /** With the credentials that AWS's own variables or the machine give. */
    cloudwatch: z
      .strictObject({
        region: AwsRegion,
      })
      .optional(),
  })

export interface MetricSettings {
  readonly prometheus: { readonly url: string } | undefined
  readonly datadog?: { readonly site: string } | undefined
  readonly newRelic?: { readonly account: number; readonly region: 'us' | 'eu' } | undefined
  readonly cloudwatch?: { readonly region: string } | undefined
}

/** Secrets of those sources that need one; never in the file. */
export interface MetricKeys {
  readonly datadog?: { readonly api: string; readonly app: string }
  readonly newRelic?: string
}

/** The sources that the file names, the first one first. */
export const sourcesOf = (settings: MetricSettings): readonly MetricSource[] =>
  metricSources.filter((name) => settings[name] !== undefined)

interface Asked {
  readonly from?: MetricSource | undefined
  /** Only Prometheus is asked by one. */
  readonly convention?: string | undefined
}

/** Signals that are asked of a source that nobody configured. */
export const sourceProblems = (
  settings: MetricSettings,
  rows: readonly (readonly [
    string,
    {
      readonly signals: Readonly<Record<string, Asked | undefined>>
      readonly canary?: Asked | undefined
    },
  ])[],
): readonly Finding[] =>
  rows.flatMap(([name, { signals, canary }]) => {
    const asked = Object.entries(signals).map(
      ([signal, one]) => [['signals', signal], one] as const,
    )
    return [...asked, [['canary'], canary] as const].flatMap(
      ([path, { from, convention } = {}]) => {
        const source = from ?? (convention === undefined ? undefined : 'prometheus')
        const key = from === undefined ? 'convention' : 'from'
        return source === undefined || settings[source] !== undefined
          ? []
          : [
              {
                path: ['services', name, ...path, key],
                text: `no ${source} stands under metrics`,
              },
            ]
      },
    )
  })

/** What is missing in the environment for the sources that the file names. */
export function keyProblems(settings: MetricSettings, keys: MetricKeys): readonly string[] {
  return [
    ...(settings.datadog && !keys.datadog
      ? [
          'DATADOG_API_KEY and DATADOG_APP_KEY are missing: metrics.datadog needs both; the second one needs the right timeseries_query.',
        ]
      : []),
    ...(settings.newRelic && keys.newRelic === undefined
      ? ['NEW_RELIC_USER_KEY is missing: metrics.newRelic needs a user key (NRAK-…).']
      : []),
  ]
}
