import type { Archive } from '#cli/command.ts'
import { timelineMarkdown } from '#domain/communication/export.ts'
import { postMortem } from '#domain/communication/post-mortem.ts'
import { type IncidentId, incidentId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { assessments } from '#postgres/assessments.ts'
import { chainKey } from '#postgres/chain.ts'
import type { Fault } from '#postgres/chain-check.ts'
import { exportTimeline } from '#postgres/export.ts'
import { openPool } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { verifyTimeline } from '#postgres/verify.ts'
import { recordedPast } from '#workflows/assessment/replay-looks.ts'
import { deriveKey } from './keys.ts'
import type { Log } from '#ports/log.ts'

export interface IncidentList extends Archive {
  list(): Promise<
    readonly {
      readonly id: string
      readonly service: string
      readonly channel: string | undefined
      /** A rollback of it was approved, by whoever had the authority. */
      readonly approved: boolean
      /** A rollback of it is counted down: nobody is waited for. */
      readonly countingDown: boolean
    }[]
  >
}

/** The record, for reading and checking; it writes nothing. */
export async function openArchive(url: string, key: Uint8Array, log: Log): Promise<IncidentList> {
  const pool = openPool({ url, log, name: 'countermand-archive', max: 2 })
  const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
  const record = timeline(pool, keys)
  const incidents = async (): Promise<readonly IncidentId[]> => {
    const { rows } = await pool.query<{ id: string }>(
      'SELECT id FROM streams ORDER BY opened_at DESC',
    )
    return rows.map(({ id }) => incidentId(id))
  }
  return {
    incidents,
    async list() {
      const all = await Promise.all(
        (await incidents()).map(async (id) => {
          const history = await record.read(id)
          const state = incidentState(history)
          const rollbacks = rollbacksOf(history)
          const approved = rollbacks.some((one) => one.approved !== undefined)
          const countingDown = rollbacks.some((one) => one.countdown !== undefined)
          const channel = state?.channel?.id
          return state ? [{ id, service: state.service, channel, approved, countingDown }] : []
        }),
      )
      return all.flat().toReversed()
    },
    async export(incident, format, catalogue) {
      if (format === 'json') {
        const exported = await exportTimeline(pool, incident)
        return exported && `${JSON.stringify(exported, undefined, 2)}\n`
      }
      const history = await record.read(incident)
      if (history.length === 0) return undefined
      if (format === 'md') return timelineMarkdown(incident, history)
      const service = catalogue?.get(incidentState(history)?.service ?? '')
      return postMortem({ incident, history, service })
    },
    past: (service, window) =>
      recordedPast({ assessments: assessments(pool), timeline: record }, service, window),
    async verify(incident) {
      const { streams, events, faults } = await verifyTimeline(pool, keys, incident)
      const broken = faults.map(({ stream, fault }) => `${stream}: ${sentence(fault)}`)
      return { incidents: streams, events, broken }
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
    },
  }
}

function sentence(fault: Fault): string {
  switch (fault.kind) {
    case 'altered':
      return `row ${fault.seq} was altered, or written without the key.`
    case 'missing':
      return `row ${fault.seq} is missing.`
    case 'swapped':
      return `row ${fault.seq} belongs at ${fault.belongsAt}.`
    case 'truncated':
      return `rows from ${fault.seq} on are gone; there were at least ${fault.expected}.`
    case 'end_altered':
      return `the note of where it ends does not fit row ${fault.seq}.`
    case 'head_differs':
      return `a signed head vouches for another row ${fault.seq}: the chain or the head was written anew.`
    case 'unknown_key':
      return `row ${fault.seq} names the key ${fault.keyId}, which is not at hand.`
  }
}
