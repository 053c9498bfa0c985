import type { Json } from '#domain/json.ts'
import { isoMicros } from '#domain/time.ts'
import { chainHash, chainKey, genesis } from '#postgres/chain.ts'
import type { TimelineExport } from '#postgres/export.ts'
import type { Run } from '../history-checker.ts'
import type { Draft } from './good-run.ts'

const key = chainKey('a key for runs that nobody ever ran: 0123456789')

/** Chains the timelines of a run, as the product does. */
export const sealed = ({ stories, ...rest }: Draft): Run => ({
  ...rest,
  keys: [key],
  timelines: stories.map(({ incident, events }) => exported(incident, events)),
})

function exported(incident: string, told: Draft['stories'][number]['events']): TimelineExport {
  const events: TimelineExport['events'] = []
  let prev = genesis
  for (const [index, { at, actor, event }] of told.entries()) {
    const { kind, ...fields } = event
    const payload = JSON.parse(JSON.stringify(fields)) as Json
    const row = { seq: index + 1, at: isoMicros(at), kind, actor, payload, prev }
    const hash = chainHash(key, incident, row)
    events.push({ ...row, hash, keyId: key.id })
    prev = hash
  }
  const end = { seq: events.length, head: prev }
  return { format: 'countermand-timeline-1', incident, events, end, heads: [] }
}
