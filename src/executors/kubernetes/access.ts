import { z } from 'zod'
import type { Warning } from '#domain/rollback/plan.ts'
import type { KubernetesApi } from './api.ts'
import { type Need, needsOf, resourceText, type Right } from './rights.ts'
import type { KubernetesTarget } from './schema.ts'

const Review = z.object({ status: z.object({ allowed: z.boolean() }) })
const Groups = z.object({ groups: z.array(z.object({ name: z.string() })) })

/** Those of `rights` that the credential does not hold, by the cluster's own answer. */
export async function lacking<Asked extends Right>(
  api: KubernetesApi,
  target: KubernetesTarget,
  rights: readonly Asked[],
  signal: AbortSignal,
): Promise<readonly Asked[]> {
  const answers = await Promise.all(rights.map((right) => allowed(api, target, right, signal)))
  return rights.filter((_, at) => answers[at] === false)
}

/** Whether the credential holds this right, by the cluster's own answer. */
export async function allowed(
  api: KubernetesApi,
  target: KubernetesTarget,
  { verb, group, resource, subresource, name, namespace = target.namespace }: Right,
  signal: AbortSignal,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        namespace,
        verb,
        group,
        resource,
        ...(subresource ? { subresource } : {}),
        ...(name ? { name } : {}),
      },
    },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  return (await api.ask(path, body, Review, signal)).status.allowed
}

/** The warning that a right is missing, for a plan that works without it. */
export const withoutRight = (need: Need): Warning => ({
  kind: 'missing_right',
  verb: need.verb,
  resource: resourceText(need),
  loses: need.loses,
})

/** The same where a request was refused. */
export function withoutRightTo(
  target: KubernetesTarget,
  verb: string,
  resource: string,
): readonly Warning[] {
  return needsOf(target)
    .filter((need) => need.verb === verb && resourceText(need) === resource)
    .map(withoutRight)
}

/** Whether the cluster has kinds of this group. Every account may ask. */
export async function serves(
  api: KubernetesApi,
  group: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await api.get('/apis', Groups, signal)
  return found?.groups.some(({ name }) => name === group) ?? false
}
