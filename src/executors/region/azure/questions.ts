import { type Azure, type AzureConnection, connect } from './connection.ts'
import { failureOf, isMissing } from './failure.ts'
import { AccountAnswer, ProfileAnswer } from './objects.ts'
import type { AzureAt } from './schema.ts'

export type AzureQuestions = ReturnType<typeof azureQuestions>

/** What directs requests, and the database, in Azure's own names of rights. */
export const profiles = 'Microsoft.Network/trafficManagerProfiles'
export const accounts = 'Microsoft.DocumentDB/databaseAccounts'

/** Asks Azure, each question within its time. A failure is told in plain words, with the right that is missing where one is. */
export function azureQuestions(options: AzureConnection) {
  const { timeoutMs = 10_000 } = options
  const connected = new Map<string, Promise<Azure>>()

  const clients = ({ subscription }: AzureAt): Promise<Azure> => {
    const found = connected.get(subscription) ?? connect(subscription, options)
    connected.set(subscription, found)
    return found
  }

  async function asked<Answer>(
    spec: AzureAt,
    [right, on]: readonly [string, string],
    signal: AbortSignal,
    send: (azure: Azure, abortSignal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      return await send(await clients(spec), inTime)
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, { right, on, timeoutMs })
    }
  }

  return {
    timeoutMs,
    clients,
    asked,

    /** `undefined` where there is none. */
    async profile(spec: AzureAt, signal: AbortSignal): Promise<ProfileAnswer | undefined> {
      const { resourceGroup, profile } = spec.trafficManager
      const answer = await asked(
        spec,
        [`${profiles}/read`, `profile ${profile}`],
        signal,
        ({ reads }, abortSignal) =>
          reads.traffic.profiles
            .get(resourceGroup, profile, { abortSignal })
            .catch((error: unknown) => noneWhereMissing(error)),
      )
      return answer && ProfileAnswer.parse(answer)
    },

    async account(
      spec: AzureAt,
      { resourceGroup, account }: NonNullable<AzureAt['cosmos']>,
      signal: AbortSignal,
    ): Promise<AccountAnswer> {
      const answer = await asked(
        spec,
        [`${accounts}/read`, `account ${account}`],
        signal,
        ({ reads }, abortSignal) =>
          reads.cosmos.databaseAccounts.get(resourceGroup, account, { abortSignal }),
      )
      return AccountAnswer.parse(answer)
    },
  }
}

const noneWhereMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error
}
