import { ApiError } from '../../api-error.ts'
import { withDefaults } from '../../defaults.ts'
import type { Fields, PodTemplate, Workload } from '../../objects.ts'
import { resourceOfKind } from '../../resources.ts'
import { isSameTemplate } from '../../template.ts'
import { replaceObject } from '../../write.ts'
import type { Context } from '../context.ts'

/** Who writes, as the cluster is told. */
export interface Tool {
  readonly manager: string
  readonly user: string
}

export const live = ({ store }: Context, { kind, metadata }: Workload): Workload | undefined =>
  store.get(kind, metadata.namespace ?? '', metadata.name)

/** Whether what runs is what Git has. */
export function isAsInGit(context: Context, inGit: Workload): boolean {
  const now = live(context, inGit)
  return now !== undefined && isSameTemplate(now.spec.template, completed(inGit))
}

/** Applies what Git has; the cluster's refusal in its own words, where it refuses. */
export function bring(
  context: Context,
  inGit: Workload,
  { manager, user }: Tool,
): string | undefined {
  const resource = resourceOfKind(inGit.kind)
  const now = live(context, inGit)
  if (!resource || !now) return `there is no ${inGit.kind} ${inGit.metadata.name}`
  const { namespace = '', name } = now.metadata
  const annotations = { ...now.metadata.annotations, ...inGit.metadata.annotations }
  try {
    replaceObject(context, {
      route: { resource, namespace, name, subresource: '' },
      query: new URLSearchParams(),
      contentType: 'application/json',
      body: {
        ...now,
        metadata: { ...now.metadata, annotations },
        spec: { ...now.spec, template: inGit.spec.template },
      },
      manager,
      user,
    })
    return undefined
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
}

/** As the API server stores it. */
function completed(inGit: Workload): PodTemplate {
  const resource = resourceOfKind(inGit.kind)
  if (!resource) throw new Error(`no such kind: ${inGit.kind}`)
  const stored = withDefaults(resource, inGit as unknown as Fields) as unknown as Workload
  return stored.spec.template
}
