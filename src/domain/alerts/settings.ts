import type { AlertSource } from './alert.ts'
import type { AlertRule } from './rules.ts'

/** How webhooks are taken, as the configuration says it; secrets stand in the environment. */
export interface WebhookSettings {
  /** Taken without a secret; may then only suggest. */
  readonly unauthenticated: readonly AlertSource[]
  /** The headers that Grafana was told to sign in; in small letters. */
  readonly grafana: { readonly signature: string; readonly timestamp: string }
  readonly rules: readonly AlertRule[]
}

export const noWebhooks: WebhookSettings = {
  unauthenticated: [],
  grafana: {
    signature: 'x-grafana-alerting-signature',
    timestamp: 'x-grafana-alerting-timestamp',
  },
  rules: [],
}
