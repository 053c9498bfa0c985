import type { KubeObject, PodTemplate, Selector } from './objects.ts'

/** Of Argo Rollouts. */
export interface Rollout extends KubeObject {
  kind: 'Rollout'
  spec: {
    replicas?: number
    selector: Selector
    template: PodTemplate
    /** The Deployment that has its template; it then has neither that nor, as it likes, a selector. */
    workloadRef?: { name: string }
    paused?: boolean
    strategy: {
      canary?: { steps?: { setWeight?: number; pause?: { duration?: number | string } }[] }
      blueGreen?: {
        activeService: string
        previewService?: string
        autoPromotionEnabled?: boolean
        scaleDownDelaySeconds?: number
      }
    }
  }
  status?: RolloutStatus
}

export interface RolloutStatus {
  observedGeneration?: string
  phase?: string
  message?: string
  currentPodHash?: string
  stableRS?: string
  currentStepIndex?: number
  abort?: boolean
  abortedAt?: string
  promoteFull?: boolean
  controllerPause?: boolean
  pauseConditions?: { reason: string; startTime: string }[]
  blueGreen?: { activeSelector: string }
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
}
