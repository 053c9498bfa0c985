import { z } from 'zod'
import type { KubernetesApi } from '#executors/kubernetes/api.ts'
import type { Proven } from './person.ts'

/** Who the operating user is to a cluster that the configuration trusts: their own credentials, its own answer (SelfSubjectReview, Kubernetes 1.28 and newer). */
export async function provenByCluster(
  api: Pick<KubernetesApi, 'ask'>,
  cluster: string,
  signal: AbortSignal,
): Promise<Proven> {
  try {
    const { status } = await api.ask(path, question, SelfSubjectReview, signal)
    const { username, groups } = status.userInfo
    return { issuer: `cluster ${cluster}`, name: username, groups, email: undefined }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The cluster ${cluster} did not say who you are: ${why}`, { cause })
  }
}

const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const question = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }

const SelfSubjectReview = z.object({
  status: z.object({
    userInfo: z.object({
      username: z.string().min(1, 'the cluster knows no name of this user'),
      groups: z.array(z.string()).default([]),
    }),
  }),
})
