import type { Checked } from '#executors/define-executor.ts'
import type { KubernetesParts } from '../context.ts'
import type { KubernetesTarget } from '../schema.ts'
import type { PlainLook } from './plain-look.ts'
import { promotedTemplate } from './plain-template.ts'

/** Writes the canary's version into our record as one of the target's, so that it is known as bad there once it was taken away. */
export async function rememberCanary(
  { revisions }: KubernetesParts,
  { workload }: Checked<KubernetesTarget>,
  { stable, canary, state }: PlainLook,
): Promise<void> {
  if (!canary || !state.canary || state.canary.id === state.stable.id) return
  await revisions.saw(workload, {
    revision: state.canary.id,
    name: state.canary.name,
    template: promotedTemplate(stable.workload, canary.workload),
    running: false,
    healthy: false,
    servedMicros: 0,
    digests: {},
  })
}
