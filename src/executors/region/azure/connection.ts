import type { CosmosDBManagementClient, restorePoller } from '@azure/arm-cosmosdb'
import type { TrafficManagerManagementClient } from '@azure/arm-trafficmanager'

export interface AzureConnection {
  /** In place of Azure's own address, over plain HTTP: where people play. */
  readonly endpoint?: string
  /** `undefined` is whatever Azure's own variables or the machine give. */
  readonly token?: string
  readonly timeoutMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

interface Clients {
  readonly traffic: TrafficManagerManagementClient
  readonly cosmos: CosmosDBManagementClient
}

/** Of one subscription. */
export interface Azure {
  /** What is read is tried again by the SDK. */
  readonly reads: Clients
  /** What changes something never is: whoever asks reads first what became of it. */
  readonly writes: Clients
  /** Goes on asking what became of a change, by what is read. */
  readonly restored: (
    state: string,
    operation: Parameters<typeof restorePoller>[2],
  ) => ReturnType<typeof restorePoller>
}

interface Rewritten {
  url: string
  allowInsecureConnection?: boolean
}

let packages: ReturnType<typeof load> | undefined

/** One after the other, and once: Node refuses an old package that requires a new one which another import is loading. */
async function load() {
  const { DefaultAzureCredential } = await import('@azure/identity')
  const { CosmosDBManagementClient, restorePoller } = await import('@azure/arm-cosmosdb')
  const { TrafficManagerManagementClient } = await import('@azure/arm-trafficmanager')
  return {
    DefaultAzureCredential,
    CosmosDBManagementClient,
    TrafficManagerManagementClient,
    restorePoller,
  }
}

/** Loaded when it is needed first: whoever has nothing in Azure pays nothing for it. */
export async function connect(
  subscription: string,
  { endpoint, token }: AzureConnection,
): Promise<Azure> {
  const sdk = await (packages ??= load())
  const credential =
    token === undefined
      ? new sdk.DefaultAzureCredential()
      : { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const clients = (maxRetries: number): Clients => {
    const options = {
      retryOptions: { maxRetries, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
      ...(endpoint === undefined
        ? {}
        : { additionalPolicies: [{ position: 'perRetry' as const, policy: sentTo(endpoint) }] }),
    }
    return {
      traffic: new sdk.TrafficManagerManagementClient(credential, subscription, options),
      cosmos: new sdk.CosmosDBManagementClient(credential, subscription, options),
    }
  }
  const reads = clients(2)
  return {
    reads,
    writes: clients(0),
    restored: (state, operation) => sdk.restorePoller(reads.cosmos, state, operation),
  }
}

/** Azure's SDK sends no token over plain HTTP; so it is written for Azure, and sent elsewhere at the very end. */
const sentTo = (endpoint: string) => ({
  name: 'sentElsewhere',
  sendRequest<Request extends Rewritten, Answer>(
    request: Request,
    next: (request: Request) => Promise<Answer>,
  ): Promise<Answer> {
    request.url = request.url.replace(/^https:\/\/[^/]+/, endpoint)
    request.allowInsecureConnection = true
    return next(request)
  },
})
