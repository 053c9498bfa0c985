import type { Catalogue } from '#domain/catalogue.ts'
import { type AlertSource, alertSources } from '#domain/alerts/alert.ts'
import { nearest } from '#domain/nearest.ts'
import type { Environment } from './environment.ts'

/** For each source, the present secret first, then the one before while it is being changed. */
export type WebhookSecrets = Readonly<Partial<Record<AlertSource, readonly string[]>>>

/** The same for Flagger of each cluster, by its name as variables have it. */
export type FlaggerSecrets = ReadonlyMap<string, readonly string[]>

/** `prod-eu` as it stands in the name of a variable: `PROD_EU`. */
export const asVariable = (cluster: string): string => cluster.toUpperCase().replaceAll('-', '_')
const flaggerVariable = (cluster: string): string => `WEBHOOK_FLAGGER_${asVariable(cluster)}_SECRET`

/** Secrets for clusters that stand nowhere: whoever set them believes that Flagger's gates work there. */
export const flaggerSecretProblems = (
  clusters: readonly string[],
  secrets: FlaggerSecrets,
): readonly string[] =>
  [...secrets.keys()]
    .filter((name) => !clusters.some((cluster) => asVariable(cluster) === name))
    .map((name) => {
      const close = nearest(clusters.map(flaggerVariable), flaggerVariable(name))
      const hint = close.length > 0 ? `; did you mean ${close.join(' or ')}?` : ''
      return `${flaggerVariable(name)} is set, and no cluster of that name stands under clusters${hint}`
    })

/** Short ones can be guessed; there is no limit to how often somebody may try. */
export const shortestSecret = 16

export function webhookSecretsOf(environment: Environment): WebhookSecrets {
  return Object.fromEntries(
    alertSources.flatMap((source) => {
      const secrets = presentAndPrevious(environment, `WEBHOOK_${source.toUpperCase()}_SECRET`)
      return secrets.length > 0 ? [[source, secrets] as const] : []
    }),
  )
}

/** By the cluster's name as variables have it. */
export const flaggerSecretsOf = (environment: Environment): FlaggerSecrets =>
  new Map(
    environment.named(flaggerVariable('*')).flatMap((name) => {
      const secrets = presentAndPrevious(environment, flaggerVariable(name))
      return secrets.length > 0 ? [[name, secrets] as const] : []
    }),
  )

/** What tests prove themselves by. */
export const testSecretsOf = (environment: Environment): readonly string[] =>
  presentAndPrevious(environment, 'WEBHOOK_TESTS_SECRET')

/** Services whose canaries wait for a test that can never be heard. */
export const testSecretProblems = (
  catalogue: Catalogue,
  secrets: readonly string[],
): readonly string[] =>
  secrets.length > 0
    ? []
    : [...catalogue.values()].flatMap(({ id, promotion }) =>
        (promotion?.tests.length ?? 0) > 0
          ? [
              `services.${id}.promotion.tests can never pass: set WEBHOOK_TESTS_SECRET, by which tests prove themselves.`,
            ]
          : [],
      )

/** The present one first, then the one before; none without a present one. */
function presentAndPrevious(environment: Environment, name: string): readonly string[] {
  const current = environment.secret(name)
  const previous = environment.secret(`${name}_PREVIOUS`)
  if (current === undefined && previous !== undefined)
    environment.problems.push(`${name}_PREVIOUS is set without ${name}.`)
  for (const secret of [current, previous])
    if (secret !== undefined && secret.length < shortestSecret)
      environment.problems.push(
        `${name} must be at least ${shortestSecret} characters: make one with “openssl rand -hex 32”.`,
      )
  return current === undefined ? [] : [current, previous].filter((secret) => secret !== undefined)
}
