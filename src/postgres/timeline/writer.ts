import type { Pool, PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { type Change, StaleSequence } from '#ports/store.ts'
import { type Tenure, TenureOver } from '#ports/tenure.ts'
import type { ChainKey } from '../chain.ts'
import type { Scrub } from '../clean.ts'
import { inOneTrip, transaction } from '../transaction.ts'
import { claimWorkload } from './claims.ts'
import type { ClockBound } from './clock-bound.ts'
import { following } from './follow.ts'
import { lockFree, lockStream, type Stream } from './lock.ts'
import { livingTenures } from './tenures.ts'
import type { End, Histories } from './histories.ts'
import { type Sealed, seal, writing } from './write.ts'

const byWorkload = (a: { readonly workload: string }, b: { readonly workload: string }): number =>
  a.workload < b.workload ? -1 : 1

/** What somebody wants to do with a stream as soon as it is locked. */
export interface Wish<Answer> {
  readonly incident: IncidentId
  /** In whose name; absent for what nobody else would take over. */
  readonly tenure: Tenure | undefined
  /** Opens the stream when there is none. */
  readonly opens: boolean
  /** Whether `decide` looks at the history; it is empty otherwise. */
  readonly reads: boolean
  /** Whether it is enough to know where the stream ended and what time it is, as long as both are looked at again when it is written. */
  readonly mayFollow: boolean
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

/** Of which ends are known. */
const mostKnown = 1_000

interface Parts {
  readonly scrub: Scrub
  readonly known: Histories
  readonly clock: ClockBound
}

/**
 * The ways in which wishes come true. Each is one transaction that locks first and looks at the clock after the lock; two of them
 * decide then, and one has decided before and writes nothing unless what it went by still holds.
 */
export function writer(pool: Pool, key: ChainKey, { scrub, known, clock }: Parts) {
  const decided = <Answer>(wish: Wish<Answer>, stream: Stream, history: History) => {
    const decision = wish.decide(stream, history)
    const { change } = decision
    return { ...decision, sealed: change && seal(stream, change, key, scrub) }
  }
  const send = (client: PoolClient, sealed: readonly Sealed[]) => () =>
    writing(sealed, key, scrub).map((statement) => client.query(statement))

  /** The event itself is read again, as the database gives it back. */
  const written = new Map<IncidentId, End>()
  /** Where it ended when this process read or wrote it last. */
  const endOf = (incident: IncidentId): End | undefined => {
    const [read, own] = [known.end(incident), written.get(incident)]
    return read && own ? (read.seq > own.seq ? read : own) : (read ?? own)
  }
  const answered = <Answer>({ sealed, answer }: Decided<Answer>): Answer => {
    if (sealed) written.set(sealed.stream.incident, { seq: sealed.seq, head: sealed.head })
    if (written.size > mostKnown) written.clear()
    return answer(sealed?.recorded ?? [])
  }

  return {
    /**
     * In one round trip, where nobody has written since this process last looked, and nobody is about to; the event is dated
     * by what is known of the clock, which is a moment before its being written, not long. `undefined` where that cannot be.
     */
    async follow<Answer>(wish: Wish<Answer>): Promise<(() => Answer) | undefined> {
      const { incident, tenure, mayFollow } = wish
      const now = clock.now()
      const end = endOf(incident)
      if (!mayFollow || !end || now === undefined) return undefined
      const { seq, head } = end
      const stream: Stream = { incident, seq, head, now, created: false }
      const one = attempted(() => decided(wish, stream, []))
      const { sealed } = one
      if (!sealed) return undefined
      const isDone = await inOneTrip(pool, following(sealed, tenure, key, scrub), async (client) =>
        isWritten(client, sealed),
      )
      if (isDone) return () => answered(one)
      clock.forget()
      return undefined
    },

    /** Waits for the stream, opens it when it has to, takes workloads. */
    async alone<Answer>(wish: Wish<Answer>): Promise<Answer> {
      const { incident, opens, reads, tenure } = wish
      const one = await transaction<Decided<Answer>>(
        pool,
        async (client) => {
          const [stream, behind, living] = await Promise.all([
            lockStream(client, incident, key.id, opens),
            // Sent right behind the lock, so it sees what was written while that was waited for.
            reads ? known.one(client, incident) : [],
            livingTenures(client, [tenure]),
          ])
          if (stream) clock.saw(stream.now)
          if (!holds(tenure, living)) throw over(tenure)
          if (!stream) throw new StaleSequence(`${incident} does not exist`)
          // A rival may have opened the stream after all, between our looking for it and our opening it.
          const isWhole = !reads || behind.length === stream.seq
          const result = decided(wish, stream, isWhole ? behind : await known.one(client, incident))
          const { change } = result
          // Always in the same order: two that want the same workloads wait for each other, and never both.
          for (const claim of (change?.claims ?? []).toSorted(byWorkload))
            await claimWorkload(client, incident, claim, stream.now)
          if (!change && stream.created) await client.query('ROLLBACK AND CHAIN')
          return { result, ...(result.sealed && { write: send(client, [result.sealed]) }) }
        },
        async (client, result) => !result.sealed || isWritten(client, result.sealed),
      )
      return answered(one)
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
          for (const { now } of streams) clock.saw(now)
          const result = wishes.map((wish) => {
            const stream = streams.find(({ incident }) => incident === wish.incident)
            if (!stream) return undefined
            const one = attempted(() => {
              if (!holds(wish.tenure, living)) throw over(wish.tenure)
              return decided(wish, stream, histories.get(wish.incident) ?? [])
            })
            return one.change?.claims ? undefined : one
          })
          return { result, write: send(client, sealedOf(result)) }
        },
        async (client, result) => {
          const [first] = sealedOf(result)
          return !first || isWritten(client, first)
        },
      )
      return all.map((one) => one && (() => answered(one)))
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
