import { z } from 'zod'
import { Metadata } from '../objects.ts'
import { RawObject } from '../schema.ts'

/** Of Istio: the fields that decide where a request goes. */
export const VirtualService = z.object({
  metadata: Metadata,
  spec: z.object({
    hosts: z.array(z.string()).nullish(),
    gateways: z.array(z.string()).nullish(),
    http: z
      .array(
        z.object({
          name: z.string().optional(),
          redirect: RawObject.optional(),
          directResponse: RawObject.optional(),
          delegate: RawObject.optional(),
          route: z
            .array(
              z.object({
                destination: z
                  .object({ host: z.string(), subset: z.string().optional() })
                  .and(RawObject),
                weight: z.number().int().optional(),
              }),
            )
            .nullish(),
        }),
      )
      .nullish(),
    tcp: z.array(RawObject).nullish(),
    tls: z.array(RawObject).nullish(),
  }),
})
export type VirtualService = z.infer<typeof VirtualService>

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  observedGeneration: z.number().int().optional(),
})

/** Of the Gateway API. */
export const HttpRoute = z.object({
  metadata: Metadata,
  spec: z.object({
    parentRefs: z.array(z.object({ name: z.string(), namespace: z.string().optional() })).nullish(),
    hostnames: z.array(z.string()).nullish(),
    rules: z
      .array(
        z.object({
          name: z.string().optional(),
          matches: z.array(RawObject).nullish(),
          backendRefs: z
            .array(
              z.object({
                group: z.string().optional(),
                kind: z.string().optional(),
                name: z.string(),
                namespace: z.string().optional(),
                weight: z.number().int().optional(),
              }),
            )
            .nullish(),
        }),
      )
      .nullish(),
  }),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            parentRef: z.object({ name: z.string() }),
            conditions: z.array(Condition).nullish(),
          }),
        )
        .nullish(),
    })
    .optional(),
})
export type HttpRoute = z.infer<typeof HttpRoute>
