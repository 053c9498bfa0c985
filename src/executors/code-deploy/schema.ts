import { z } from 'zod'
import { changeAt, EcsTarget } from '#executors/ecs/schema.ts'

/** What CodeDeploy accepts as a name. */
const name = z.string().min(1).max(100)

/** A service of ECS whose deployments a deployment group of CodeDeploy makes. */
export const CodeDeployTarget = EcsTarget.extend({ application: name, group: name })
export type CodeDeployTarget = z.infer<typeof CodeDeployTarget>

const at = { ...changeAt, target: CodeDeployTarget }

export const CodeDeployChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('go_back'),
    ...at,
    /** Task definitions by their full ARN. */
    from: z.string(),
    to: z.string(),
    /** The newest deployment when this was planned; CodeDeploy has no token that would tell a change from another. */
    after: z.object({ id: z.string(), at: z.number() }).nullable(),
    /** The deployment whose AppSpec brings `to`; null: none is known, and one is written. */
    like: z.string().nullable(),
    /** Takes back such a change of ours. */
    undoes: z.boolean(),
    /**
     * Where the group's deployments wait for a word before they get traffic. `settles`: it is done when its deployment waits, and a step of
     * its own gives the word; `goes_on`: it gives that word, too, where the deployment is made already.
     */
    ready: z.enum(['settles', 'goes_on']).exactOptional(),
  }),
  z.object({
    kind: z.literal('go_on'),
    ...at,
    to: z.string(),
    /** The deployment that waits; null: the one that the step before makes, later than `after`. */
    deployment: z.string().nullable(),
    after: z.object({ id: z.string(), at: z.number() }).nullable(),
  }),
  z.object({
    kind: z.literal('halt'),
    ...at,
    /** The deployment that is under way. */
    deployment: z.string(),
    /** What it leaves when it is taken back. */
    back: z.string(),
  }),
])
export type CodeDeployChange = z.infer<typeof CodeDeployChange>
export type ChangeOf<Kind extends CodeDeployChange['kind']> = Extract<
  CodeDeployChange,
  { kind: Kind }
>
