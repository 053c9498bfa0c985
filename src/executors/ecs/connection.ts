import type * as Ecs from '@aws-sdk/client-ecs'

interface EcsConnection {
  /** `undefined` is AWS's own for the region. */
  readonly endpoint?: string
  /** `undefined` is whatever AWS's own variables or the machine give. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export interface EcsApiOptions extends EcsConnection {
  /** `null` is what AWS's own variables or profile say. */
  readonly region: string | null
  readonly timeoutMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

/** The package, loaded, with its clients. */
export type Sdk = typeof Ecs & {
  readonly reads: Ecs.ECSClient
  readonly writes: Ecs.ECSClient
}

/** Loaded when it is needed first: whoever runs nothing on ECS pays nothing for it. */
export async function connect({ region, endpoint, credentials }: EcsApiOptions): Promise<Sdk> {
  const sdk = await import('@aws-sdk/client-ecs')
  const config = {
    ...(region === null ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  }
  return {
    ...sdk,
    reads: new sdk.ECSClient({ ...config, maxAttempts: 3 }),
    writes: new sdk.ECSClient({ ...config, maxAttempts: 1 }),
  }
}
