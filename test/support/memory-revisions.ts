import { type RevisionId, revisionId, type WorkloadId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { KnownRevision, Revisions } from '#ports/store.ts'

interface Row extends KnownRevision {
  readonly template: Json
  readonly begun: { readonly at: Instant; readonly orEarlier: boolean } | undefined
}

/** The record of revisions in memory, with a clock set by hand. One workload at a time is enough for a test. */
export function memoryRevisions() {
  const rows = new Map<RevisionId, Row>()
  let now: Instant = instant(1_000_000)
  const change = (revision: RevisionId, part: Partial<Row>) => {
    const row = rows.get(revision)
    if (row) rows.set(revision, { ...row, ...part })
  }
  const mark = (
    { id, name }: { readonly id: RevisionId; readonly name: string },
    part: Partial<Row>,
  ) => rows.set(id, { ...(rows.get(id) ?? neverSeen(id, name, now)), ...part })
  const revisions: Revisions = {
    async saw(_workload, sighting) {
      const { revision, name, template, running, healthy, digests, servedMicros, began } = sighting
      const row = rows.get(revision)
      if (running)
        for (const [other, one] of rows) rows.set(other, { ...one, running: other === revision })
      const begun = began
        ? { at: instant(Math.min(began.at ?? now, now)), orEarlier: began.orEarlier }
        : row?.begun
      const healthyMicros = running && healthy && row ? now - row.lastSeen : 0
      rows.set(revision, {
        revision,
        name,
        template: JSON.parse(JSON.stringify(template)),
        firstSeen: row?.firstSeen ?? now,
        lastSeen: now,
        running,
        begun,
        hasRun: begun !== undefined || running,
        servedMicros: Math.max(row?.servedMicros ?? 0, servedMicros),
        digests: { ...row?.digests, ...digests },
        healthyMicros: (row?.healthyMicros ?? 0) + healthyMicros,
        verifiedAt: row?.verifiedAt,
        bad: row?.bad,
      })
      return running ? begun : undefined
    },
    markVerified: async (_workload, named) => void mark(named, { verifiedAt: now }),
    markBad: async (_workload, named, because, rollback) =>
      void mark(named, { bad: { since: now, because, rollback } }),
    unmarkBad: async (_workload, revision) => change(revision, { bad: undefined }),
    known: async () =>
      [...rows.values()].map(({ template: _template, begun: _begun, ...row }) => row),
    begunSince: async () => [],
    template: async (_workload, revision) => rows.get(revision)?.template ?? undefined,
  }
  return {
    revisions,
    rows,
    now: () => now,
    pass: (micros: number) => {
      now = instant(now + micros)
    },
    /** As if the record had been pruned. */
    forget: (revision: string) => rows.delete(revisionId(revision)),
  }
}

const neverSeen = (revision: RevisionId, name: string, now: Instant): Row => ({
  revision,
  name,
  template: null,
  firstSeen: now,
  lastSeen: now,
  running: false,
  begun: undefined,
  hasRun: false,
  servedMicros: 0,
  digests: {},
  healthyMicros: 0,
  verifiedAt: undefined,
  bad: undefined,
})

/** A record of its own for every workload; `first` is that of one of them. */
export function revisionsOfEach(
  workload: WorkloadId,
  first: ReturnType<typeof memoryRevisions>,
): Revisions {
  const records = new Map([[workload, first]])
  const of = (one: WorkloadId): Revisions => {
    const known = records.get(one) ?? memoryRevisions()
    records.set(one, known)
    return known.revisions
  }
  return {
    saw: (one, sighting) => of(one).saw(one, sighting),
    markVerified: (one, revision) => of(one).markVerified(one, revision),
    markBad: (one, ...rest) => of(one).markBad(one, ...rest),
    unmarkBad: (one, revision) => of(one).unmarkBad(one, revision),
    known: (one) => of(one).known(one),
    begunSince: (...asked) => first.revisions.begunSince(...asked),
    template: (one, revision) => of(one).template(one, revision),
  }
}
