import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { ServiceId } from '#domain/ids.ts'
import { deliveriesInTurn, type InTurnPorts } from './deliveries-in-turn.ts'

export interface SuggestionPorts extends InTurnPorts {
  /** Tells a service's people of an alert that may open nothing, once for `key`. Throws when it should be tried again. */
  readonly suggest: (
    service: ServiceId,
    alerts: readonly TakenAlert[],
    key: string,
  ) => Promise<void>
}

/** Tells people of what machines have sent that may open nothing. It waits for Slack, and so nothing waits for it. */
export const passOnSuggestions = (ports: SuggestionPorts, signal: AbortSignal): Promise<void> =>
  deliveriesInTurn(
    ports,
    {
      opens: false,
      services: 1,
      async take({ id }, deliveries) {
        for (const { id: key, alerts } of deliveries) await ports.suggest(id, alerts, key)
      },
    },
    signal,
  )
