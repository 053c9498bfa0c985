import type { Json } from '#domain/json.ts'
import type { Operation, WritesChange } from '#executors/region/provider.ts'
import type { Azure } from './connection.ts'
import { accounts, type AzureQuestions } from './questions.ts'
import { AzureAt } from './schema.ts'

type Accounts = Azure['writes']['cosmos']['databaseAccounts']
type Poller = ReturnType<Accounts['offlineRegion']>

/** What Azure calls each change. */
const actions = {
  write_to: 'failoverPriorityChange',
  give_up: 'offlineRegion',
  take_up: 'onlineRegion',
} as const satisfies Record<WritesChange['kind'], keyof Accounts>

interface Begun extends WritesChange {
  /** As the SDK writes it down. */
  readonly state: string
}

interface Limits {
  readonly requestOptions: { readonly timeout: number }
}

/** Changes of a Cosmos DB account, which take minutes: each is begun, and what became of it is asked. */
export function databaseChanges(
  { clients, asked, timeoutMs }: AzureQuestions,
  beforeChange: (() => void) | undefined,
) {
  /** The last that this process began of each account, until its end was told; the arrangement says the rest. */
  const begun = new Map<string, Begun>()

  return {
    /** Keeps what Azure answers with: only that tells why it was not done. */
    async begin(
      at: Json,
      { kind, region }: WritesChange,
      signal: AbortSignal,
      send: (accounts: Accounts, names: readonly [string, string], options: Limits) => Poller,
    ): Promise<void> {
      const spec = AzureAt.parse(at)
      if (!spec.cosmos) throw new Error('the target names no database')
      const { resourceGroup, account } = spec.cosmos
      beforeChange?.()
      begun.delete(account)
      await asked(
        spec,
        [`${accounts}/${actions[kind]}/action`, `account ${account}`],
        signal,
        async ({ writes }) => {
          // A signal would end what is asked about it later, too.
          const poller = send(writes.cosmos.databaseAccounts, [resourceGroup, account], {
            requestOptions: { timeout: timeoutMs },
          })
          await poller.submitted()
          begun.set(account, { kind, region, state: await poller.serialize() })
        },
      )
    },

    /** Of another change than the one that is asked about, nothing is known. An end is told once. */
    async operation(
      at: Json,
      { kind, region }: WritesChange,
      signal: AbortSignal,
    ): Promise<Operation> {
      const spec = AzureAt.parse(at)
      const account = spec.cosmos?.account ?? ''
      const found = begun.get(account)
      if (found?.kind !== kind || found.region !== region) return { kind: 'unknown' }
      const { reads, restored } = await clients(spec)
      const poller = restored(found.state, reads.cosmos.databaseAccounts[actions[kind]])
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const told = await poller
        .poll({ abortSignal: inTime })
        .then(({ status, error }): Operation => {
          if (status === 'failed') return whyFailed(error ?? new Error('Azure does not say why'))
          return { kind: status === 'succeeded' ? 'done' : 'running' }
        })
        .catch((error: unknown) => {
          signal.throwIfAborted()
          return whyFailed(error)
        })
      if (told.kind === 'failed' && begun.get(account) === found) begun.delete(account)
      return told
    },
  }
}

/** An answer that did not come says nothing of the change. */
const whyFailed = (error: unknown): Operation =>
  error instanceof Error && error.name === 'Error' && !('statusCode' in error)
    ? {
        kind: 'failed',
        why: error.message.replace(/^The long-running operation has failed\. /, ''),
      }
    : { kind: 'unknown' }
