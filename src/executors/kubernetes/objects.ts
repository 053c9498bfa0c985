import { z } from 'zod'
import { Pause, RawObject } from './schema.ts'

const strings = z.record(z.string(), z.string())
const count = z.number().int().optional()
const intOrPercent = z.union([z.number(), z.string()]).optional()

export const Metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  generation: z.number().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: strings.nullish(),
  annotations: strings.nullish(),
  ownerReferences: z
    .array(
      z.object({
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
      }),
    )
    .nullish(),
  managedFields: z
    .array(
      z.object({
        manager: z.string().optional(),
        operation: z.string().optional(),
        apiVersion: z.string().optional(),
        subresource: z.string().optional(),
        time: z.string().optional(),
        fieldsType: z.string().optional(),
        fieldsV1: RawObject.optional(),
      }),
    )
    .nullish(),
})
export type Metadata = z.infer<typeof Metadata>

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  /** A condition that somebody wrote without one comes back with `null`. */
  lastUpdateTime: z.string().nullish(),
  lastTransitionTime: z.string().nullish(),
})

const Selector = z.object({
  matchLabels: strings.nullish(),
  matchExpressions: z
    .array(
      z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }),
    )
    .nullish(),
})

const Strategy = z.object({
  type: z.string().optional(),
  rollingUpdate: z
    .object({
      maxSurge: intOrPercent,
      maxUnavailable: intOrPercent,
      partition: z.number().optional(),
    })
    .nullish(),
})

/** A Deployment, StatefulSet, DaemonSet or Rollout: the fields we use, and the whole as it came in `raw`. */
export const Workload = z.preprocess(
  (value) => ({ ...(value as object), raw: value }),
  z.object({
    raw: z.object({ spec: RawObject, status: RawObject.optional() }),
    metadata: Metadata,
    spec: z.object({
      replicas: count,
      paused: z.boolean().optional(),
      /** A Rollout may have both in another object. */
      selector: Selector.default({}),
      template: RawObject.default({}),
      strategy: Strategy.optional(),
      updateStrategy: Strategy.optional(),
      minReadySeconds: count,
    }),
    status: z
      .object({
        /** A Rollout's is a text. */
        observedGeneration: z
          .union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])
          .optional(),
        replicas: count,
        updatedReplicas: count,
        readyReplicas: count,
        availableReplicas: count,
        currentRevision: z.string().optional(),
        updateRevision: z.string().optional(),
        phase: z.string().optional(),
        message: z.string().optional(),
        currentPodHash: z.string().optional(),
        stableRS: z.string().optional(),
        currentStepIndex: z.number().int().nullish(),
        blueGreen: z.object({ activeSelector: z.string().optional() }).optional(),
        abort: z.boolean().optional(),
        abortedAt: z.string().nullish(),
        promoteFull: z.boolean().optional(),
        /** Its controller waits at a pause, or has been told a moment ago to go on. */
        controllerPause: z.boolean().optional(),
        pauseConditions: z.array(Pause).nullish(),
        desiredNumberScheduled: count,
        updatedNumberScheduled: count,
        numberReady: count,
        numberAvailable: count,
        conditions: z.array(Condition).nullish(),
      })
      .default({}),
  }),
)
export type Workload = z.infer<typeof Workload> & {
  /** The Deployment in which a Rollout has its template (`workloadRef`); what it runs is changed there. */
  readonly templateOwner?: z.infer<typeof Workload>
}

export const ReplicaSet = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: count, template: RawObject }),
  status: z
    .object({ observedGeneration: count, replicas: count, availableReplicas: count })
    .default({}),
})
export const ControllerRevision = z.object({
  metadata: Metadata,
  revision: z.number(),
  data: z.object({ spec: z.object({ template: RawObject }) }),
})

const State = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  terminated: z
    .object({
      reason: z.string().optional(),
      exitCode: z.number().optional(),
      finishedAt: z.string().nullish(),
    })
    .optional(),
})
const ContainerStatus = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  image: z.string().optional(),
  imageID: z.string().default(''),
  state: State.optional(),
  lastState: State.optional(),
})
export const Pod = z.preprocess(
  (value) => ({ ...(value as object), raw: value }),
  z.object({
    raw: z.object({ status: RawObject.optional() }),
    metadata: Metadata,
    spec: z.object({ containers: z.array(z.object({ name: z.string() })) }),
    status: z
      .object({
        phase: z.string().optional(),
        startTime: z.string().nullish(),
        conditions: z.array(Condition).nullish(),
        containerStatuses: z.array(ContainerStatus).nullish(),
        initContainerStatuses: z.array(ContainerStatus).nullish(),
      })
      .default({}),
  }),
)
export type Pod = z.infer<typeof Pod>

export const Autoscaler = z.object({
  metadata: Metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: z.number().optional(),
    maxReplicas: z.number(),
  }),
})
export const ArgoRollout = z.object({
  metadata: Metadata,
  spec: z.object({
    workloadRef: z.object({ kind: z.string(), name: z.string() }).optional(),
  }),
})
/** What Flagger (v1beta1) is told of a workload whose traffic it moves, and what it says of it. */
export const FlaggerCanary = z.object({
  metadata: Metadata,
  spec: z.object({
    targetRef: z.object({ kind: z.string(), name: z.string() }),
    provider: z.string().optional(),
    suspend: z.boolean().optional(),
    skipAnalysis: z.boolean().optional(),
    analysis: z
      .object({
        interval: z.string().optional(),
        iterations: count,
        maxWeight: count,
        stepWeight: count,
        stepWeights: z.array(z.number().int()).nullish(),
        webhooks: z
          .array(z.object({ name: z.string(), type: z.string().default(''), url: z.string() }))
          .nullish(),
      })
      .optional(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      canaryWeight: count,
      iterations: count,
      failedChecks: count,
      lastAppliedSpec: z.string().optional(),
      lastPromotedSpec: z.string().optional(),
      trackedConfigs: strings.optional(),
      lastTransitionTime: z.string().nullish(),
      conditions: z
        .array(z.object({ type: z.string(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
})
export type FlaggerCanary = z.infer<typeof FlaggerCanary>
export const KubernetesService = z.object({
  metadata: Metadata,
  spec: z.object({ selector: strings.nullish() }),
})
export type KubernetesService = z.infer<typeof KubernetesService>
export const EndpointSlice = z.object({
  metadata: Metadata,
  endpoints: z
    .array(
      z.object({
        conditions: z.object({ ready: z.boolean().nullish() }).optional(),
        targetRef: z.object({ kind: z.string().optional(), name: z.string() }).optional(),
      }),
    )
    .nullish(),
})
export const KubernetesEvent = z.object({
  metadata: z.object({ creationTimestamp: z.string().optional() }),
  involvedObject: z.object({ kind: z.string().optional(), name: z.string().optional() }),
  type: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  count: z.number().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  /** Where an event is written the newer way, the timestamps above are empty. */
  eventTime: z.string().nullish(),
  series: z
    .object({ count: z.number().optional(), lastObservedTime: z.string().nullish() })
    .nullish(),
})
export type KubernetesEvent = z.infer<typeof KubernetesEvent>
