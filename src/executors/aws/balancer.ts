import { z } from 'zod'
import { type AwsOptions, asking, clientOptions } from './ask.ts'

const Target = z.object({
  Target: z.object({ Id: z.string(), Port: z.number().optional() }),
  TargetHealth: z
    .object({ State: z.string().default(''), Reason: z.string().optional() })
    .default({ State: '' }),
})

/** How a load balancer finds one of those that it may send requests to. */
export interface TargetSeen {
  /** An address or an instance, as the target group names them. */
  readonly id: string
  /** AWS's own word, such as `healthy` or `draining`. */
  readonly state: string
  readonly reason: string | undefined
}

export type BalancerApi = ReturnType<typeof balancerApi>

/** Elastic Load Balancing in one region; only read. */
export function balancerApi(options: AwsOptions) {
  const service = { title: 'Elastic Load Balancing', prefix: 'elasticloadbalancing' }
  const asked = asking(service, options, async () => {
    const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2')
    const reads = new sdk.ElasticLoadBalancingV2Client({
      ...clientOptions(options),
      maxAttempts: 3,
    })
    return { ...sdk, reads }
  })
  return {
    async targets(targetGroup: string, signal: AbortSignal): Promise<readonly TargetSeen[]> {
      const { TargetHealthDescriptions } = await asked(
        'DescribeTargetHealth',
        `target group ${groupName(targetGroup)}`,
        signal,
        (sdk, abortSignal) =>
          sdk.reads.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }), {
            abortSignal,
          }),
      )
      return z
        .array(Target)
        .parse(TargetHealthDescriptions ?? [])
        .map(({ Target: { Id: id }, TargetHealth: { State: state, Reason: reason } }) => ({
          id,
          state,
          reason,
        }))
    },
  }
}

/** `shop` of its ARN. */
export const groupName = (targetGroup: string): string =>
  targetGroup.split('/').at(-2) ?? targetGroup
