import { type FlaggerGate, flaggerGates } from '#domain/flagger/gates.ts'
import type { FlaggerCanary } from '../objects.ts'

/** Whether Flagger asks us at this gate: the Canary lists a webhook of its type whose address is ours for this cluster. */
export const asksUsAt = (cluster: string, canary: FlaggerCanary, gate: FlaggerGate): boolean =>
  (canary.spec.analysis?.webhooks ?? []).some(
    ({ type, url }) =>
      type === gate &&
      URL.canParse(url) &&
      new URL(url).pathname.endsWith(`/webhooks/flagger/${cluster}/${gate}`),
  )

export const gatesMissing = (cluster: string, canary: FlaggerCanary): readonly FlaggerGate[] =>
  flaggerGates.filter((gate) => !asksUsAt(cluster, canary, gate))

/** What to put into the Canary, for whoever owns it. */
export const lineFor = (cluster: string, gate: FlaggerGate): string =>
  `{name: countermand-${gate}, type: ${gate}, url: "https://flagger:<secret>@<host>/webhooks/flagger/${cluster}/${gate}"}`
