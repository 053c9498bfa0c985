import type { Pool, PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { type Change, StaleSequence } from '#ports/store.ts'
import { type Tenure, TenureOver } from '#ports/tenure.ts'
import type { ChainKey } from '../chain.ts'
import type { Scrub } from '../clean.ts'
import { transaction } from '../transaction.ts'
import { claimWorkload } from './claims.ts'
import { lockFree, lockStream, type Stream } from './lock.ts'
import { livingTenures } from './tenures.ts'
import type { Histories } from './histories.ts'
import { type Sealed, seal, writing } from './write.ts'

/** What somebody wants to do with a stream as soon as it is locked. */
export interface Wish<Answer> {
  readonly incident: IncidentId
  /** In whose name; absent for what nobody else would take over. */
  readonly tenure: Tenure | undefined
  /** Opens the stream when there is none. */
  readonly opens: boolean
  /** Whether `decide` looks at the history; it is empty otherwise. */
  readonly reads: boolean
  /** Pure, for it may be called again. What it throws is the answer to this wish only. */
  decide(
    stream: Stream,
    history: History,
  ): {
    readonly change: Change | undefined
    /** Called with what was added, once it is written. */
    answer(added: History): Answer
  }
}

type Decided<Answer> = ReturnType<Wish<Answer>['decide']> & { readonly sealed: Sealed | undefined }

/** The two ways in which wishes come true. Both are one transaction that locks first, then reads the clock, then decides. */
export function writer(pool: Pool, key: ChainKey, scrub: Scrub, known: Histories) {
  const decided = <Answer>(wish: Wish<Answer>, stream: Stream, history: History) => {
    const decision = wish.decide(stream, history)
    const { change } = decision
    return { ...decision, sealed: change && seal(stream, change, key, scrub) }
  }
  const send = (client: PoolClient, sealed: readonly Sealed[]) => () =>
    writing(sealed, key, scrub).map((statement) => client.query(statement))

  return {
    /** Waits for the stream, opens it when it has to, takes workloads. */
    async alone<Answer>(wish: Wish<Answer>): Promise<Answer> {
      const { incident, opens, reads, tenure } = wish
      const { sealed, answer } = await transaction<Decided<Answer>>(
        pool,
        async (client) => {
          const [stream, behind, living] = await Promise.all([
            lockStream(client, incident, key.id, opens),
            // Sent right behind the lock, so it sees what was written while that was waited for.
            reads ? known.one(client, incident) : [],
            livingTenures(client, [tenure]),
          ])
          if (!holds(tenure, living)) throw over(tenure)
          if (!stream) throw new StaleSequence(`${incident} does not exist`)
          // A rival may have opened the stream after all, between our looking for it and our opening it.
          const isWhole = !reads || behind.length === stream.seq
          const result = decided(wish, stream, isWhole ? behind : await known.one(client, incident))
          const { change } = result
          if (change?.claim) await claimWorkload(client, incident, change.claim, stream.now)
          if (!change && stream.created) await client.query('ROLLBACK AND CHAIN')
          return { result, ...(result.sealed && { write: send(client, [result.sealed]) }) }
        },
        async (client, result) => !result.sealed || isWritten(client, result.sealed),
      )
      return answer(sealed?.recorded ?? [])
    },

    /**
     * Grants wishes for different streams in one transaction, as far as nothing has to be waited for or opened: an
     * answer for each, in their order, or `undefined` where the wish must be granted alone.
     */
    async together<Answer>(
      wishes: readonly Wish<Answer>[],
    ): Promise<readonly ((() => Answer) | undefined)[]> {
      const ids = wishes.map(({ incident }) => incident)
      const reading = wishes.filter(({ reads }) => reads).map(({ incident }) => incident)
      const all = await transaction(
        pool,
        async (client) => {
          const [streams, histories, living] = await Promise.all([
            lockFree(client, ids),
            reading.length > 0 ? known.read(client, reading) : new Map<string, History>(),
            livingTenures(
              client,
              wishes.map(({ tenure }) => tenure),
            ),
          ])
          const result = wishes.map((wish) => {
            const stream = streams.find(({ incident }) => incident === wish.incident)
            if (!stream) return undefined
            const one = attempted(() => {
              if (!holds(wish.tenure, living)) throw over(wish.tenure)
              return decided(wish, stream, histories.get(wish.incident) ?? [])
            })
            return one.change?.claim ? undefined : one
          })
          return { result, write: send(client, sealedOf(result)) }
        },
        async (client, result) => {
          const [first] = sealedOf(result)
          return !first || isWritten(client, first)
        },
      )
      return all.map((one) => one && (() => one.answer(one.sealed?.recorded ?? [])))
    },
  }
}

const holds = (tenure: Tenure | undefined, living: ReadonlySet<string>): boolean =>
  tenure === undefined || living.has(tenure.id)
const over = (tenure: Tenure | undefined): TenureOver =>
  new TenureOver(`${tenure?.work} may have been taken over`)

/** What is thrown while deciding waits for the one who asked. */
function attempted<Answer>(decide: () => Decided<Answer>): Decided<Answer> {
  try {
    return decide()
  } catch (error) {
    return {
      change: undefined,
      sealed: undefined,
      answer: () => {
        throw error
      },
    }
  }
}

const sealedOf = (all: readonly (Decided<unknown> | undefined)[]): readonly Sealed[] =>
  all.flatMap((one) => one?.sealed ?? [])

/**
 * Whether a change whose COMMIT was not answered took place: its last hash is there or not. The lock is waited
 * for first, because the server may still be at it.
 */
async function isWritten(client: PoolClient, { stream, recorded, seq, head }: Sealed) {
  await client.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [stream.incident])
  const { rowCount } = await client.query(
    `SELECT FROM timeline_events WHERE stream_id = $1 AND seq = $2 AND hash = decode($3, 'hex')`,
    [stream.incident, seq, head],
  )
  return recorded.length > 0 && rowCount === 1
}
