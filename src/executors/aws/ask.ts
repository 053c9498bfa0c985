import { type AwsService, failureOf } from './failure.ts'

export interface AwsOptions {
  /** `null` is what AWS's own variables or profile say. */
  readonly region: string | null
  /** `undefined` is AWS's own for the region. */
  readonly endpoint?: string
  /** `undefined` is whatever AWS's own variables or the machine give. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly timeoutMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

/** What every client of AWS's is made with. */
export const clientOptions = ({ region, endpoint, credentials }: AwsOptions) => ({
  ...(region === null ? {} : { region }),
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(credentials === undefined ? {} : { credentials }),
})

export const regionName = ({ region }: AwsOptions): string => region ?? 'the default region'

/**
 * Asks one service of AWS in one region, each time within its own time; what goes wrong is thrown as a sentence. `connect` loads the
 * package, when it is needed first: whoever runs nothing there pays nothing for it.
 */
export function asking<Sdk>(service: AwsService, options: AwsOptions, connect: () => Promise<Sdk>) {
  const { timeoutMs = 10_000 } = options
  const region = regionName(options)
  let connected: Promise<Sdk> | undefined
  return async function asked<Answer>(
    action: string,
    on: string,
    signal: AbortSignal,
    send: (sdk: Sdk, abortSignal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    // Loading it is no fault of AWS's, and on a busy machine takes a while.
    const sdk = await (connected ??= connect())
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      return await send(sdk, inTime)
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, { service, action, on, region, timeoutMs })
    }
  }
}

/** In calls of no more than may be asked about at once. */
export async function inChunks<Item, Row>(
  items: readonly Item[],
  size: number,
  ask: (some: readonly Item[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
  return (await Promise.all(chunks.map(ask))).flat()
}
