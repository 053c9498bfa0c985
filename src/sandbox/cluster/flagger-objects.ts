import type { Fields, KubeObject } from './objects.ts'

/** Of Flagger. */
export interface Canary extends KubeObject {
  kind: 'Canary'
  spec: {
    provider?: string
    suspend?: boolean
    skipAnalysis?: boolean
    progressDeadlineSeconds?: number
    targetRef: { kind: string; name: string }
    service: { port: number }
    analysis: {
      interval?: string
      iterations?: number
      stepWeight?: number
      maxWeight?: number
      stepWeights?: number[]
      webhooks?: { name: string; type: string; url: string }[]
    }
  }
  status?: CanaryStatus
}

export interface CanaryStatus {
  phase?: string
  canaryWeight?: number
  failedChecks?: number
  iterations?: number
  lastAppliedSpec?: string
  lastPromotedSpec?: string
  lastTransitionTime?: string
  trackedConfigs?: Record<string, string>
  conditions?: Fields[]
}
