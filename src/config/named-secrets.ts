import type { Environment } from './environment.ts'
import { shortestSecret } from './webhook-secrets.ts'

/** Secrets by the names that the file has for their owners. What is short would be hidden wherever a word looks like it. */
export const namedSecrets = (
  environment: Environment,
  pattern: string,
  what: string,
): ReadonlyMap<string, string> =>
  new Map(
    [...environment.secrets(pattern)].map(([name, secret]) => {
      if (secret.length < shortestSecret)
        environment.problems.push(
          `${pattern.replace('*', name)} is no ${what}: those have at least ${shortestSecret} characters.`,
        )
      return [name.toLowerCase().replaceAll('_', '-'), secret]
    }),
  )
