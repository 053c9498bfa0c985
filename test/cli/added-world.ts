import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incidentId, rollbackId, workloadId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { instant } from '#domain/time.ts'
import { changeEntry, header } from '#journal/contents.ts'
import { openJournal } from '#journal/file.ts'
import { chainKey } from '#postgres/chain.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import { shopConfig } from '#sandbox/shop/config.ts'
import { loadConfig } from '../../src/config.ts'
import { deriveKey } from '../../src/keys.ts'
import { importFile } from '../../src/terminal/import-journals.ts'
import { evidenceOf, journalFolder, journalKey } from '../../src/terminal/journal-desk.ts'
import { aPlan, approvedBy, declared, people, planned, requested } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

/** What a journal tells of, each in an incident and of a workload of its own. */
export interface Told {
  readonly path: string
  readonly incident: ReturnType<typeof incidentId>
  readonly rollback: ReturnType<typeof rollbackId>
  readonly workload: ReturnType<typeof workloadId>
}

export const plan = aPlan()

/** A database, a configuration, and journals of rollbacks that were carried out while that database was away. */
export async function addedWorld() {
  const database = await freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'countermand-'))
  const file = join(folder, 'countermand.yaml')
  const nowhere = 'http://127.0.0.1:1'
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, JSON.stringify(clusterAt(nowhere)))
  writeFileSync(file, shopConfig({ kubeconfig, prometheus: nowhere, shop: nowhere }))
  const key = randomBytes(32)
  const variables = {
    COUNTERMAND_CONFIG: file,
    COUNTERMAND_DATA: folder,
    COUNTERMAND_KEY: key.toString('hex'),
    DATABASE_URL: database.url,
    SLACK_BOT_TOKEN: 'xoxb-the-terminals-token',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  }
  const loaded = loadConfig(variables)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const parts = { config: loaded.config, database: { url: database.url }, key, log: silent }
  const journals = journalFolder(loaded.config)
  mkdirSync(journals)
  const { work } = database.pools

  return {
    database,
    variables,
    parts,
    record: timeline(work, [chainKey(deriveKey(key, 'timeline').toString('hex'))]),
    revisions: revisions(work),
    journal: () => writtenJournal(journals, key),
    add: (path: string) => importFile(parts, path),
    async close() {
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Nothing is asked of it. */
const clusterAt = (server: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  clusters: [{ name: 'none', cluster: { server } }],
  users: [{ name: 'none', user: { token: 'none' } }],
})

/** An hour ago production was taken back from v2.3.0 to v2.2.1, and recovered. */
function writtenJournal(folder: string, key: Uint8Array): Told {
  const name = randomBytes(4).toString('hex')
  const incident = incidentId(`inc-checkout-${name}`)
  const rollback = rollbackId(`rb_${name}`)
  const workload = workloadId(`prod/production/deployment/checkout-${name}`)
  const path = join(folder, `${name}.jsonl`)
  const of = { rollback } as const
  const target = { ...plan.target, workload }
  const events: readonly TimelineEvent[] = [
    declared(),
    requested({ ...of, workload }),
    { ...planned({ ...plan, target }), ...of },
    approvedBy(of),
    { kind: 'execution_started', ...of },
    { kind: 'step_started', ...of, step: 0 },
    { kind: 'step_applied', ...of, step: 0 },
    { kind: 'step_succeeded', ...of, step: 0 },
    { kind: 'execution_completed', ...of },
    { kind: 'hold_placed', ...of, revision: plan.from.id, name: plan.from.name },
    { kind: 'verified', ...of, outcome: 'recovered', checks: [] },
  ]
  const at = instant(Date.now() * 1_000 - 3_600_000_000)
  const file = openJournal(path, journalKey(key))
  file.append(header(incident, 'checkout'))
  for (const event of events) file.append(changeEntry(at, people.vp, [event]))
  file.close()
  mkdirSync(evidenceOf(path))
  writeFileSync(join(evidenceOf(path), 'logs-checkout-1-0a1b2c3d.txt'), `errors of ${name}`)
  return { path, incident, rollback, workload }
}
