import { z } from 'zod'

const text = z.string().min(1)
/** Nothing else may be asked: what a real CodeDeploy would ignore or refuse, this one refuses. */
const asked = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape)

const digest = asked({ sha256: z.string().length(64) })

export const codeDeployRequests = {
  GetDeploymentGroup: asked({ applicationName: text, deploymentGroupName: text }),
  ListDeployments: asked({
    applicationName: text,
    deploymentGroupName: text,
    includeOnlyStatuses: z.array(text).min(1).optional(),
    nextToken: text.optional(),
  }),
  BatchGetDeployments: asked({ deploymentIds: z.array(text).min(1).max(25) }),
  BatchGetApplicationRevisions: asked({
    applicationName: text,
    revisions: z
      .array(asked({ revisionType: z.literal('AppSpecContent'), appSpecContent: digest }))
      .min(1)
      .max(25),
  }),
  /** With an AppSpec of its own, and all traffic at once; an alarm that is passed over takes the right to change the group. */
  CreateDeployment: asked({
    applicationName: text,
    deploymentGroupName: text,
    deploymentConfigName: z.literal('CodeDeployDefault.ECSAllAtOnce'),
    revision: asked({
      revisionType: z.literal('AppSpecContent'),
      appSpecContent: asked({ content: text }),
    }),
    description: z.string().max(256),
  }),
  /** The other wait ends the former tasks. */
  ContinueDeployment: asked({ deploymentId: text, deploymentWaitType: z.literal('READY_WAIT') }),
  StopDeployment: asked({ deploymentId: text, autoRollbackEnabled: z.literal(true) }),
} as const

export type CodeDeployOperation = keyof typeof codeDeployRequests
export type Asked<Name extends CodeDeployOperation> = z.infer<(typeof codeDeployRequests)[Name]>
