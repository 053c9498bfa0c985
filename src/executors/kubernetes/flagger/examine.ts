import { list } from '#domain/communication/words.ts'
import type { Shortcoming } from '#ports/executor.ts'
import type { KubernetesTarget } from '../schema.ts'
import { gatesMissing, lineFor } from './gates-listed.ts'
import type { FlaggerLook } from './look.ts'

/** What of a Canary keeps us from leading Flagger, and what to put into it. */
export function flaggerShortcomings(
  { cluster, namespace }: KubernetesTarget,
  { canary }: FlaggerLook,
): readonly Shortcoming[] {
  const { name } = canary.metadata
  const where = `its Canary ${name} in ${namespace}`
  const missing = gatesMissing(cluster, canary)
  const { skipAnalysis, suspend } = canary.spec
  return [
    ...(missing.length > 0
      ? [
          {
            kind: 'limits',
            text: `cannot be led through Flagger: ${where} does not ask us at ${list(missing)}`,
            remedy: `add to its spec.analysis.webhooks ${list(missing.map((gate) => lineFor(cluster, gate)))}`,
          } as const,
        ]
      : []),
    ...(skipAnalysis === true
      ? [
          {
            kind: 'limits',
            text: `is promoted without being tried: ${where} has skipAnalysis: true, and Flagger asks at no gate`,
            remedy: 'take skipAnalysis out; it is no way back, it promotes whatever is there',
          } as const,
        ]
      : []),
    ...(suspend === true
      ? [
          {
            kind: 'limits',
            text: `is rolled out by nobody: ${where} is suspended`,
            remedy: 'take spec.suspend away once Flagger shall work again',
          } as const,
        ]
      : []),
  ]
}
