import { z } from 'zod'

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly answer?: unknown
}

/** The changes that a cluster made for operations of ours, by what it answered; to repeat one is none. */
export const operationsIn = ({
  requests,
}: {
  readonly requests: readonly Asked[]
}): readonly string[] =>
  requests
    .filter(({ method, query }) => method === 'PATCH' && !query.includes('dryRun'))
    .flatMap(({ path, answer }) => {
      const { data } = Answered.safeParse(answer)
      return data ? [`${path} ${data.metadata.annotations['countermand.dev/operation']}`] : []
    })
    .filter((change, index, all) => change !== all[index - 1])

const Answered = z.object({
  metadata: z.object({ annotations: z.object({ 'countermand.dev/operation': z.string() }) }),
})
