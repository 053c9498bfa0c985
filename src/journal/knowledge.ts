import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '#domain/json.ts'
import { type Instant, micros } from '#domain/time.ts'
import type { EvidenceLocker, KnownRevision, Revisions } from '#ports/store.ts'

/** What this process has seen itself: without the database nothing is known of verified or bad versions. */
export function knowledgeOfNow(now: () => Promise<Instant>): Revisions {
  const seen = new Map<string, KnownRevision & { readonly template: Json }>()
  const keyOf = (workload: string, revision: string) => `${workload}\n${revision}`
  return {
    async saw(workload, sighting) {
      const key = keyOf(workload, sighting.revision)
      const at = await now()
      const before = seen.get(key)
      const { revision, name, template, running, servedMicros, digests } = sighting
      seen.set(key, {
        revision,
        name,
        template,
        running,
        hasRun: running || (before?.hasRun ?? false),
        servedMicros: micros(Math.max(servedMicros, before?.servedMicros ?? 0)),
        digests: { ...before?.digests, ...digests },
        firstSeen: before?.firstSeen ?? at,
        lastSeen: at,
        healthyMicros: micros(0),
        verifiedAt: undefined,
        bad: undefined,
      })
      return undefined
    },
    markVerified: async () => undefined,
    markBad: async () => undefined,
    unmarkBad: async () => undefined,
    known: async (workload) =>
      [...seen].flatMap(([key, one]) => (key.startsWith(`${workload}\n`) ? [one] : [])),
    begunSince: async () => [],
    template: async (workload, revision) => seen.get(keyOf(workload, revision))?.template,
  }
}

/** Captured texts as files beside the journal, readable by their owner alone. */
export function evidenceFolder(folder: string, scrub: (text: string) => string): EvidenceLocker {
  return {
    async keep(_incident, _rollback, { name, kind, text }) {
      const kept = scrub(text)
      const sha256 = createHash('sha256').update(kept).digest('hex')
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = `${kind}-${name.replaceAll(/[^\w.-]/gu, '_').slice(0, 100)}-${sha256.slice(0, 8)}.txt`
      writeFileSync(join(folder, file), kept, { mode: 0o600 })
      return { bytes: Buffer.byteLength(kept), sha256 }
    },
    read: async () =>
      readdirSync(folder).map((name) => {
        const text = readFileSync(join(folder, name), 'utf8')
        const sha256 = createHash('sha256').update(text).digest('hex')
        return { name, kind: name.split('-')[0] ?? '', text, sha256 }
      }),
  }
}
