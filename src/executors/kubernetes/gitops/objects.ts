import { z } from 'zod'
import { Metadata } from '../objects.ts'
import { RawObject } from '../schema.ts'

/** An Application of Argo CD (v1alpha1): what is said of its sync. */
export const Application = z.object({
  metadata: Metadata,
  spec: z.object({
    syncPolicy: z.object({ automated: RawObject.nullish() }).nullish(),
  }),
  operation: RawObject.nullish(),
  status: z
    .object({
      reconciledAt: z.string().nullish(),
      operationState: z.object({ phase: z.string().optional() }).nullish(),
      resources: z
        .array(
          z.object({
            group: z.string().default(''),
            kind: z.string(),
            namespace: z.string().default(''),
            name: z.string(),
            status: z.string().optional(),
          }),
        )
        .nullish(),
    })
    .nullish(),
})
export type Application = z.infer<typeof Application>

/** What an ApplicationSet lets others change of the Applications that it writes. */
export const ApplicationSet = z.object({
  metadata: Metadata,
  spec: z.object({
    ignoreApplicationDifferences: z
      .array(
        z.object({
          name: z.string().optional(),
          jsonPointers: z.array(z.string()).nullish(),
          jqPathExpressions: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
    syncPolicy: z.object({ applicationsSync: z.string().optional() }).nullish(),
  }),
})
export type ApplicationSet = z.infer<typeof ApplicationSet>

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
})

/** A Kustomization of Flux (v1): what is said of its last turns. */
export const Kustomization = z.object({
  metadata: Metadata,
  spec: z.object({ suspend: z.boolean().nullish() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z.array(Condition).nullish(),
      /** One entry for each state of Git that was applied, since Flux 2.7. */
      history: z
        .array(
          z.object({
            lastReconciled: z.string().optional(),
            lastReconciledStatus: z.string().optional(),
          }),
        )
        .nullish(),
    })
    .nullish(),
})
export type Kustomization = z.infer<typeof Kustomization>

/** A HelmRelease of Flux (v2). */
export const HelmRelease = z.object({
  metadata: Metadata,
  spec: z.object({ suspend: z.boolean().nullish() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z.array(Condition).nullish(),
      /** The newest first. */
      history: z
        .array(z.object({ status: z.string().optional(), lastDeployed: z.string().optional() }))
        .nullish(),
      inventory: z.object({ entries: z.array(z.object({ id: z.string() })) }).nullish(),
    })
    .nullish(),
})
export type HelmRelease = z.infer<typeof HelmRelease>
