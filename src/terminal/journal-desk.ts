import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Desk, DeskOptions, JournalOptions } from '#cli/desk.ts'
import type { Matrix } from '#domain/authority/matrix.ts'
import type { Policy } from '#domain/policy.ts'
import type { Known } from '#identity/person.ts'
import { type Contents, contentsOf } from '#journal/contents.ts'
import { openJournal } from '#journal/file.ts'
import { evidenceFolder, knowledgeOfNow } from '#journal/knowledge.ts'
import { journalTimeline } from '#journal/timeline.ts'
import { type Config, secretsOf } from '../config.ts'
import { deriveKey, keptKey } from '../keys.ts'
import { createLog } from '../log.ts'
import { scrub } from '../scrub.ts'
import { worldOf } from '../world.ts'
import { hasIncident, takesWhatIsWritten } from './database-there.ts'
import { deskOf } from './desk.ts'
import { vouchedFor, whoSits } from './identity.ts'

/** Where the journals of this machine lie, until the record has them. */
export const journalFolder = ({ dataDir }: Pick<Config, 'dataDir'>): string =>
  join(dataDir, 'journals')
export const journalKey = (key: Uint8Array): Uint8Array => deriveKey(key, 'journal')
export const evidenceOf = (path: string): string => `${path}.evidence`

/** The desk without a database: the same workflows on a journal in a file, for two people, by the strictest window. */
export async function openJournalDesk(
  config: Config,
  options: DeskOptions & { readonly journal: JournalOptions },
  tell: (text: string) => void,
): Promise<Desk> {
  const key = config.key ?? keptKey(config.dataDir)
  const secrets = secretsOf({ ...config, key })
  const log = createLog({ secrets, level: 'error', to: process.stderr })
  const hide = (text: string) => scrub(text, secrets)
  const isNew = options.journal.kind === 'new'
  if (isNew && (await takesWhatIsWritten(config, tell)))
    throw new Error(
      'The database answers and takes what is written: decide on the record, without --without-database',
    )
  const sitting = isNew ? await twoPeople(config, options, tell) : []

  const path =
    options.journal.kind === 'resume'
      ? options.journal.file
      : join(
          journalFolder(config),
          `${stampOf(new Date())}-${randomBytes(3).toString('hex')}.jsonl`,
        )
  const file = openJournal(path, journalKey(key))
  const contents = file.entries.length > 0 ? contentsOf(file.entries, path) : undefined
  const refusal = isNew ? undefined : await whyNotResumed(config, tell, path, contents)
  if (refusal !== undefined) {
    file.close()
    throw new Error(refusal)
  }
  const timeline = journalTimeline(file, path, hide)
  const world = worldOf(
    { ...config, policy: strictest(config.policy) },
    {
      timeline,
      revisions: knowledgeOfNow(timeline.now),
      evidence: evidenceFolder(evidenceOf(path), hide),
      // A journal is for deciding; nobody assesses with it.
      assessments: { between: async () => [], ownerAsked: async () => undefined },
    },
    {
      log,
      hide,
      vouched: vouchedFor(sitting),
    },
  )
  return deskOf({
    config,
    world,
    log,
    sitting,
    warnings: warnings(path),
    tell,
    // Nobody else knows of it.
    isServed: async () => false,
    close: async () => file.close(),
  })
}

/** Two must not go on with one rollback. Asked while the journal is held, so nobody adds it meanwhile. */
async function whyNotResumed(
  config: Config,
  tell: (text: string) => void,
  path: string,
  contents: Contents | undefined,
): Promise<string | undefined> {
  if (!contents) return `${path} holds nothing`
  // Whoever added it may have found no room to seal it.
  return contents.isImported || (await hasIncident(config, tell, contents.incident))
    ? `${path} has been added to the record, which goes on with it: countermand status ${contents.service}`
    : undefined
}

/** The window that asks for most, at every minute: how long it has been going on is not known here. */
function strictest(policy: Policy): Policy {
  const last = policy.matrix.at(-1) ?? policy.matrix[0]
  const matrix: Matrix = [{ ...last, fromMicros: policy.matrix[0].fromMicros }]
  return { ...policy, matrix }
}

const warnings = (path: string): readonly string[] => [
  'THE DATABASE IS NOT USED. This is not checked:',
  '  - whether another rollback of the service is under way, or a version is marked bad;',
  '  - which versions were verified good: only what the platform itself remembers counts;',
  '  - how long the incident has lasted: the strictest window of the policy is taken;',
  '  - whether this configuration is the one that the server was last started with: who holds which role is as this file says;',
  '  - the clock: times are this machine’s.',
  `Everything is written to ${path} and must be added to the record afterwards:`,
  `  countermand journal import ${path}`,
]

async function twoPeople(
  config: Config,
  { identity = {}, journal }: DeskOptions & { readonly journal: JournalOptions },
  tell: (text: string) => void,
): Promise<readonly Known[]> {
  tell('Two people are needed, one after the other. The first:')
  const one = await whoSits(config, identity, tell)
  tell('The second:')
  const other = await whoSits(config, journal.kind === 'new' ? journal.second : {}, tell)
  for (const { isMapped, name } of [one, other])
    if (!isMapped)
      throw new Error(`${name} is nobody whom the configuration knows: nothing was done`)
  if (one.person === other.person || one.identity === other.identity)
    throw new Error('That is the same person twice: a second one is needed. Nothing was done')
  return [one, other]
}

/** `20261121T030205Z`: sorts as it was written. */
const stampOf = (date: Date): string => date.toISOString().replaceAll(/[-:]|\.\d+/g, '')
