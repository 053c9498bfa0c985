import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

/** One right: a verb on a resource, as a rule of a Role gives it. */
export interface Grant {
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods/log`. */
  readonly resource: string
  /** Only for objects of these names; empty means all. */
  readonly names: readonly string[]
  /** Only there; `undefined` is every namespace that the Role is repeated for. */
  readonly namespace: string | undefined
}

const Role = z.object({
  kind: z.literal('Role'),
  metadata: z.object({ namespace: z.string() }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).default([]),
    }),
  ),
})

/** Everything the Roles of a file in `deploy/` give the bot. */
export function deployedGrants(
  file: 'rbac' | 'freeze' | 'flagger' | 'traffic' | 'gitops' = 'rbac',
): readonly Grant[] {
  const text = readFileSync(new URL(`../../../deploy/${file}.yaml`, import.meta.url), 'utf8')
  const roles = parseAllDocuments(text).flatMap(
    (document) => Role.safeParse(document.toJS()).data ?? [],
  )
  return roles.flatMap(({ metadata, rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames: names }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({
            verb,
            group,
            resource,
            names,
            namespace: metadata.namespace === 'kube-system' ? 'kube-system' : undefined,
          })),
        ),
      ),
    ),
  )
}
