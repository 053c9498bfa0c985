import { parse } from 'yaml'
import { z } from 'zod'
import type { LoadBalancer } from '#executors/ecs/objects.ts'

const Spec = z.object({
  Resources: z
    .array(
      z.object({
        TargetService: z.object({ Properties: z.object({ TaskDefinition: z.string() }) }),
      }),
    )
    .min(1),
  Hooks: z.array(z.record(z.string(), z.string())).nullish(),
})

/** What an AppSpec for ECS says: which task definition it brings, and which functions it has asked on the way. */
export interface AppSpec {
  readonly content: string
  /** As it is written there: its full ARN, or family and number. */
  readonly definition: string
  readonly hooks: readonly string[]
}

/** Of JSON or YAML; `undefined` where it is no AppSpec for ECS. */
export function appSpecOf(content: string): AppSpec | undefined {
  const spec = Spec.safeParse(read(content)).data
  const [first] = spec?.Resources ?? []
  if (!spec || !first) return undefined
  return {
    content,
    definition: first.TargetService.Properties.TaskDefinition,
    hooks: (spec.Hooks ?? []).flatMap((one) => Object.keys(one)),
  }
}

function read(content: string): unknown {
  try {
    return parse(content, { maxAliasCount: 0, logLevel: 'silent' })
  } catch {
    return undefined
  }
}

/** The least that brings a task definition, behind the load balancer that the service has now; it asks no functions. */
export function writtenAppSpec(definition: string, loadBalancer: LoadBalancer | undefined): string {
  const { containerName, containerPort } = loadBalancer ?? {}
  const behind =
    containerName === undefined || containerPort === undefined
      ? {}
      : { LoadBalancerInfo: { ContainerName: containerName, ContainerPort: containerPort } }
  return JSON.stringify({
    version: '0.0',
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: { TaskDefinition: definition, ...behind },
        },
      },
    ],
  })
}
