import { z } from 'zod'

const text = z.string().min(1)
/** Nothing else may be asked: what a real ECS would ignore or refuse, this one refuses. */
const asked = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape)
const moment = z.number()

const tag = asked({ key: text.max(128), value: z.string().max(256) })

export const requests = {
  DescribeServices: asked({
    cluster: text,
    services: z.array(text).min(1).max(10),
    include: z.array(z.literal('TAGS')).optional(),
  }),
  ListServiceDeployments: asked({
    cluster: text,
    service: text,
    status: z.array(text).optional(),
    createdAt: asked({ after: moment.optional(), before: moment.optional() }).optional(),
    maxResults: z.number().int().min(1).max(100).optional(),
    nextToken: text.optional(),
  }),
  DescribeServiceDeployments: asked({ serviceDeploymentArns: z.array(text).min(1).max(20) }),
  DescribeServiceRevisions: asked({ serviceRevisionArns: z.array(text).min(1).max(20) }),
  DescribeTaskDefinition: asked({
    taskDefinition: text,
    include: z.array(z.literal('TAGS')).optional(),
  }),
  /** What only a description has is refused: where it comes from, its number and its state. */
  RegisterTaskDefinition: asked({
    family: text.max(255),
    containerDefinitions: z.array(z.looseObject({ name: text, image: text })).min(1),
    taskRoleArn: text.optional(),
    executionRoleArn: text.optional(),
    networkMode: z.enum(['bridge', 'host', 'awsvpc', 'none']).optional(),
    volumes: z.array(z.looseObject({})).optional(),
    placementConstraints: z.array(z.looseObject({})).optional(),
    requiresCompatibilities: z.array(text).optional(),
    cpu: text.optional(),
    memory: text.optional(),
    runtimePlatform: z.looseObject({}).optional(),
    ephemeralStorage: z.looseObject({}).optional(),
    tags: z.array(tag).min(1).max(50).optional(),
  }),
  ListTaskDefinitions: asked({
    familyPrefix: text.optional(),
    status: z.enum(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']).optional(),
    sort: z.enum(['ASC', 'DESC']).optional(),
    maxResults: z.number().int().min(1).max(100).optional(),
    nextToken: text.optional(),
  }),
  ListTasks: asked({
    cluster: text,
    serviceName: text,
    desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).optional(),
    maxResults: z.number().int().min(1).max(100).optional(),
    nextToken: text.optional(),
  }),
  DescribeTasks: asked({ cluster: text, tasks: z.array(text).min(1).max(100) }),
  /** A version or, where a service is to stand still, a count, never both: the count is otherwise an autoscaler's, and the rest whoever deploys'. */
  UpdateService: z.union([
    asked({
      cluster: text,
      service: text,
      taskDefinition: text,
      forceNewDeployment: z.literal(true).optional(),
    }),
    asked({ cluster: text, service: text, desiredCount: z.number().int().min(0) }),
  ]),
  StopServiceDeployment: asked({ serviceDeploymentArn: text, stopType: z.literal('ROLLBACK') }),
  ContinueServiceDeployment: asked({
    serviceDeploymentArn: text,
    hookId: text,
    action: z.enum(['CONTINUE', 'ROLLBACK']),
  }),
} as const

export type Operation = keyof typeof requests
export type Asked<Name extends Operation> = z.infer<(typeof requests)[Name]>
