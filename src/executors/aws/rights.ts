import { NotAllowed, type Shortcoming } from '#ports/executor.ts'

/** What a right that is missing takes away; `remedy`: where it stands. */
export const blocks = (
  loses: string,
  { verb, resource }: NotAllowed,
  remedy: string,
): Shortcoming => ({ kind: 'blocks', text: `${loses}: may not ${verb} ${resource}`, remedy })

/** Which of these questions may not be asked. All are waited for; throws when one was not answered. */
export const denied = async (asked: readonly Promise<unknown>[]): Promise<readonly NotAllowed[]> =>
  (await Promise.all(asked.map((one) => allowed(one)))).filter((one) => one instanceof NotAllowed)

export const allowed = async <Value>(asked: Promise<Value>): Promise<Value | NotAllowed> =>
  asked.catch((error: unknown) => {
    if (error instanceof NotAllowed) return error
    throw error
  })
