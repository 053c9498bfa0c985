import type { Fields, KubeObject } from './objects.ts'

/** Of Istio. */
export interface VirtualService extends KubeObject {
  kind: 'VirtualService'
  spec: {
    hosts?: string[]
    gateways?: string[]
    http?: {
      name?: string
      match?: Fields[]
      route?: { destination: { host: string; subset?: string }; weight?: number }[]
    }[]
  }
}

/** Of the Gateway API. */
export interface HTTPRoute extends KubeObject {
  kind: 'HTTPRoute'
  spec: {
    parentRefs?: { name: string; namespace?: string }[]
    hostnames?: string[]
    rules?: {
      name?: string
      matches?: Fields[]
      backendRefs?: { name: string; port?: number; weight?: number }[]
    }[]
  }
  status?: Fields
}
