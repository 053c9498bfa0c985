import { z } from 'zod'
import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Engine } from '../ecs/engine.ts'
import { Refusal } from '../ecs/refusal.ts'
import type { Service, Task } from '../ecs/state.ts'
import { alive } from '../ecs/tasks.ts'

const LoadBalancer = z.object({
  targetGroupArn: z.string(),
  containerPort: z.number(),
})

export const balancerRequests = {
  DescribeTargetHealth: z.strictObject({ TargetGroupArn: z.string().min(1) }),
} as const
export type BalancerOperation = keyof typeof balancerRequests

interface Account {
  readonly engine: Engine
  readonly services: ReadonlyMap<string, Service>
  /** How the load balancer finds a task, where that is not healthy. */
  readonly stateOf: (task: Task) => TargetState | undefined
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'

const reasons: Readonly<Record<TargetState, string | undefined>> = {
  initial: 'Elb.InitialHealthChecking',
  healthy: undefined,
  unhealthy: 'Target.ResponseCodeMismatch',
  draining: 'Target.DeregistrationInProgress',
  unused: 'Target.NotInUse',
}

/** The part of Elastic Load Balancing that tells how the tasks of services are found. */
export const balancerOperations = ({ engine, services, stateOf }: Account) => ({
  DescribeTargetHealth({
    TargetGroupArn,
  }: z.infer<(typeof balancerRequests)['DescribeTargetHealth']>): Fields {
    const found = [...services.values()].flatMap((service) =>
      service.around.loadBalancers.flatMap((one) => {
        const { targetGroupArn, containerPort } = LoadBalancer.parse(one)
        return targetGroupArn === TargetGroupArn ? [{ service, containerPort }] : []
      }),
    )
    if (found.length === 0)
      throw new Refusal('TargetGroupNotFound', 'One or more target groups not found')
    return {
      TargetHealthDescriptions: found.flatMap(({ service, containerPort }) => {
        engine.advance(service)
        return alive(service).map((task) => {
          const usual = task.lastStatus === 'RUNNING' ? 'healthy' : 'initial'
          const state = stateOf(task) ?? usual
          return {
            Target: { Id: task.ip, Port: containerPort },
            HealthCheckPort: String(containerPort),
            TargetHealth: { State: state, Reason: reasons[state] },
          }
        })
      }),
    }
  },
})
