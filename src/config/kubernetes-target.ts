import { z } from 'zod'
import { TrafficSection } from './traffic.ts'

export const ClusterName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be small letters, digits and dashes')

export const Namespace = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a Kubernetes namespace')
  .refine((name) => !/^kube-|^(istio|gatekeeper|cert-manager|calico)(-system)?$/.test(name), {
    message: 'is the cluster’s own namespace: Countermand does not work there',
  })

const KubernetesName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a Kubernetes name')

const kinds = ['deployment', 'statefulSet', 'daemonSet', 'rollout'] as const

/** Where a service runs, of which kind it is, and what stands beside it. */
export const KubernetesTarget = z
  .strictObject({
    cluster: ClusterName,
    namespace: Namespace,
    deployment: KubernetesName.optional(),
    statefulSet: KubernetesName.optional(),
    daemonSet: KubernetesName.optional(),
    /** Of Argo Rollouts. */
    rollout: KubernetesName.optional(),
    /** A Deployment beside it that has the next version first, for /promote. */
    canary: z.strictObject({ deployment: KubernetesName }).optional(),
    /** What divides the requests between the two, where it is not the number of their pods. */
    traffic: TrafficSection.optional(),
    /** Blue and green: the Service that sends all requests to one of the two, and the other Deployment. */
    blueGreen: z
      .strictObject({
        service: KubernetesName,
        deployment: KubernetesName,
        /** The Deployment that a switch leaves keeps its pods for good; else they go after five minutes, once all is well. */
        keepFormer: z.boolean().optional(),
      })
      .optional(),
  })
  .refine((target) => kinds.filter((kind) => target[kind] !== undefined).length === 1, {
    message: `needs exactly one of ${kinds.join(', ')}`,
  })
  .refine(({ canary, deployment }) => canary === undefined || deployment !== undefined, {
    path: ['canary'],
    message: 'stands beside a deployment only; a rollout has its own canary',
  })
  .refine(({ canary, deployment }) => canary === undefined || canary.deployment !== deployment, {
    path: ['canary', 'deployment'],
    message: 'is the stable deployment itself; name the one beside it',
  })
  .refine(
    ({ blueGreen, deployment, canary }) =>
      blueGreen === undefined ||
      (deployment !== undefined && blueGreen.deployment !== deployment && canary === undefined),
    {
      path: ['blueGreen'],
      message: 'needs a deployment, another one beside it, and no canary',
    },
  )
  .refine(({ traffic, canary }) => traffic === undefined || canary !== undefined, {
    path: ['traffic'],
    message: 'needs a canary: traffic is divided between the deployment and that one',
  })
