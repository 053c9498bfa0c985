import type { Canary } from './flagger-objects.ts'
import type { Application, Kustomization } from './gitops-objects.ts'
import type { HTTPRoute, VirtualService } from './traffic-objects.ts'
import type { Rollout } from './rollout-objects.ts'

/** The parts of Kubernetes objects that the pretend cluster acts on. Every other field is kept as it came. */
export type Fields = { [name: string]: unknown }
export type Labels = { [name: string]: string }

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller: boolean
  blockOwnerDeletion: boolean
}

export interface Meta {
  name: string
  generateName?: string
  namespace?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Labels
  annotations?: Labels
  ownerReferences?: OwnerReference[]
  managedFields?: Fields[]
}

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: Meta
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  /** Of a pod: nobody fills it in. */
  lastProbeTime?: null
  lastTransitionTime?: string
  lastUpdateTime?: string
}

export interface Container {
  name: string
  image: string
  env?: { name: string; value?: string; valueFrom?: Fields }[]
  ports?: { name?: string; containerPort: number }[]
  resources?: { requests?: Labels; limits?: Labels }
}

export interface PodTemplate {
  metadata?: { labels?: Labels; annotations?: Labels }
  spec: { containers: Container[]; initContainers?: Container[] }
}

export interface Selector {
  matchLabels?: Labels
}

export interface Deployment extends KubeObject {
  kind: 'Deployment'
  spec: {
    replicas: number
    selector: Selector
    template: PodTemplate
    strategy: {
      type: 'RollingUpdate' | 'Recreate'
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string }
    }
    paused?: boolean
    minReadySeconds?: number
    revisionHistoryLimit: number
    progressDeadlineSeconds: number
  }
  status: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    terminatingReplicas?: number
    conditions?: Condition[]
  }
}

export interface ReplicaSet extends KubeObject {
  kind: 'ReplicaSet'
  spec: { replicas: number; selector: Selector; template: PodTemplate; minReadySeconds?: number }
  status: {
    observedGeneration?: number
    replicas?: number
    fullyLabeledReplicas?: number
    terminatingReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
  }
}

export interface StatefulSet extends KubeObject {
  kind: 'StatefulSet'
  spec: {
    replicas: number
    selector: Selector
    serviceName?: string
    template: PodTemplate
    podManagementPolicy: 'OrderedReady' | 'Parallel'
    updateStrategy: { type: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { partition?: number } }
    minReadySeconds?: number
    revisionHistoryLimit: number
  }
  status: {
    observedGeneration?: number
    replicas?: number
    readyReplicas?: number
    availableReplicas?: number
    currentReplicas?: number
    updatedReplicas?: number
    currentRevision?: string
    updateRevision?: string
    collisionCount?: number
  }
}

export interface DaemonSet extends KubeObject {
  kind: 'DaemonSet'
  spec: {
    selector: Selector
    template: PodTemplate
    updateStrategy: {
      type: 'RollingUpdate' | 'OnDelete'
      rollingUpdate?: { maxUnavailable?: number | string }
    }
    minReadySeconds?: number
    revisionHistoryLimit: number
  }
  status: {
    observedGeneration?: number
    currentNumberScheduled?: number
    desiredNumberScheduled?: number
    numberMisscheduled?: number
    numberReady?: number
    numberAvailable?: number
    numberUnavailable?: number
    updatedNumberScheduled?: number
  }
}

export interface ControllerRevision extends KubeObject {
  kind: 'ControllerRevision'
  data: { spec: { template: Fields } }
  revision: number
}

export interface ContainerStatus {
  name: string
  image: string
  imageID: string
  ready: boolean
  started: boolean
  restartCount: number
  state: {
    waiting?: { reason: string; message?: string }
    running?: { startedAt: string }
    terminated?: Terminated
  }
  lastState: { terminated?: Terminated }
}

export interface Terminated {
  exitCode: number
  reason: string
  startedAt: string
  finishedAt: string
}

export interface Pod extends KubeObject {
  kind: 'Pod'
  spec: { nodeName?: string; containers: Container[]; terminationGracePeriodSeconds?: number }
  status: {
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
    podIP?: string
    startTime?: string
    conditions: Condition[]
    containerStatuses?: ContainerStatus[]
  }
}

export interface Service extends KubeObject {
  kind: 'Service'
  spec: {
    selector?: Labels
    ports?: { name?: string; port: number; targetPort?: number | string }[]
  }
}

export interface Autoscaler extends KubeObject {
  kind: 'HorizontalPodAutoscaler'
  spec: {
    scaleTargetRef: { apiVersion: string; kind: string; name: string }
    minReplicas: number
    maxReplicas: number
  }
  status?: Fields
}

export interface EndpointSlice extends KubeObject {
  kind: 'EndpointSlice'
  addressType: 'IPv4'
  endpoints: Fields[]
  ports: Fields[]
}

export interface Endpoints extends KubeObject {
  kind: 'Endpoints'
  subsets: Fields[]
}

export interface ClusterEvent extends KubeObject {
  kind: 'Event'
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  count: number
  firstTimestamp: string
  lastTimestamp: string
  involvedObject: { kind: string; namespace: string; name: string; uid: string }
  source: { component: string }
}

export type Workload = Deployment | StatefulSet | DaemonSet

export interface Kinds {
  Deployment: Deployment
  ReplicaSet: ReplicaSet
  StatefulSet: StatefulSet
  DaemonSet: DaemonSet
  Rollout: Rollout
  Canary: Canary
  VirtualService: VirtualService
  HTTPRoute: HTTPRoute
  ControllerRevision: ControllerRevision
  Pod: Pod
  Service: Service
  Endpoints: Endpoints
  EndpointSlice: EndpointSlice
  HorizontalPodAutoscaler: Autoscaler
  Event: ClusterEvent
  ConfigMap: KubeObject
  PodTemplate: KubeObject
  Application: Application
  ApplicationSet: KubeObject
  Kustomization: Kustomization
  HelmRelease: KubeObject
  Namespace: KubeObject
}
export type Kind = keyof Kinds
