import type { IncidentId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { manualReasons } from '#domain/rollback/request.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { between, type Instant } from '#domain/time.ts'
import { figuresText } from './figures.ts'
import { durationsText, kpis } from './kpis.ts'
import { inMarkdown } from './markdown.ts'
import { isShown } from './milestones.ts'
import { phaseWords } from './phase-words.ts'
import { spaced } from './role-words.ts'
import { story } from './story.ts'
import { plainly } from './telling.ts'
import { clockSeconds, list, span, stamp } from './words.ts'

export interface PostMortemAbout {
  readonly incident: IncidentId
  readonly history: History
  /** Who owns it and where it runs; left out where the catalogue is not at hand. */
  readonly service: Service | undefined
}

/** A draft in Markdown with every part of policy §10: what the timeline knows is filled in, the rest is left as a question. `undefined` before the incident. */
export function postMortem({
  incident: id,
  history,
  service,
}: PostMortemAbout): string | undefined {
  const incident = incidentState(history)
  if (!incident) return undefined
  const rollbacks = rollbacksOf(history)
  return [
    `# Post-mortem: ${inMarkdown(incident.title)}`,
    `Draft from the timeline of ${inMarkdown(id)}. It looks at systems, not at people. Lines that begin with “Question” are for you.`,
    section('Summary', summary(incident, rollbacks, service)),
    section('How long it took', took(history)),
    section('Impact', impact(incident, rollbacks)),
    section('Timeline (UTC)', timeline(history, incident, rollbacks)),
    section('Cause', [
      ...suspected(rollbacks),
      ask('What was the root cause?'),
      ask('Which class is it: code, performance, dependency or configuration?'),
      ask('Could it be reproduced in staging?'),
      ask('Why did tests, review and the rollout not catch it?'),
    ]),
    section('Five questions', [
      ask('What happened?'),
      ask('Why did it happen?'),
      ask('How do we prevent it?'),
      ask('How do we detect it faster?'),
      ask('How do we recover faster?'),
    ]),
    section('Evidence', evidence(incident)),
    section('Action items', actionItems),
    section('Lessons', [ask('What went well?'), ask('What did not?'), ask('Where were we lucky?')]),
    '',
  ].join('\n\n')
}

const section = (title: string, lines: readonly string[]): string =>
  `## ${title}\n\n${lines.join('\n')}`
const fact = (name: string, value: string): string => `- ${name}: ${inMarkdown(value)}`
const ask = (question: string): string => `- Question: ${question}`

function summary(
  incident: IncidentState,
  rollbacks: readonly RollbackState[],
  service: Service | undefined,
): readonly string[] {
  const last = rollbacks.at(-1)
  const stable = last?.phase === 'stable' ? last.since : undefined
  const moment = (at: Instant | undefined): string => (at === undefined ? 'not yet' : stamp(at))
  return [
    fact(
      'Service',
      service
        ? `${service.id} (${service.environment}), owned by ${service.owner}`
        : `${incident.service}${last?.plan ? ` (${last.plan.environment})` : ''}`,
    ),
    fact('Severity', incident.severity),
    fact('Trigger', last ? `${manualReasons[last.reasonKind]}: ${last.reason}` : incident.title),
    fact('Detected by', spaced(incident.detectedBy)),
    fact('Impact began', stamp(incident.startedAt)),
    fact('Declared', stamp(incident.declaredAt)),
    fact('Decided', moment(last?.approved?.at)),
    fact('Rollback begun', moment(last?.startedAt)),
    fact('Rollback completed', moment(last?.completedAt)),
    fact('Restored', moment(last?.verifiedAt)),
    fact('Stable', moment(stable)),
    fact(
      'Duration',
      last?.verifiedAt
        ? span(between(incident.startedAt, last.verifiedAt))
        : 'not restored in this record',
    ),
    ...rollbacks.map((rollback) =>
      fact(
        'Rollback',
        `${rollback.plan ? `${rollback.plan.from.name} → ${rollback.plan.to.name}` : 'without a plan'}: ${phaseWords(rollback.phase)}`,
      ),
    ),
  ]
}

/** The parts of policy §9: deciding to ask, approving, carrying out, proving that it helped. */
function took(history: History): readonly string[] {
  const all = kpis(history)
  return all.length === 0
    ? ['- No rollback was asked for.']
    : all.map((one, index) => fact(`Rollback ${index + 1}`, durationsText(one)))
}

function impact(incident: IncidentState, rollbacks: readonly RollbackState[]): readonly string[] {
  const corrupted = rollbacks.some(({ reasonKind }) => reasonKind === 'data-corruption')
  return [
    fact('Measured', figuresText(incident)),
    ask('How many users were affected, and what did they notice?'),
    ask('How much revenue was lost?'),
    ask(
      corrupted
        ? 'Data corruption was given as the reason: which data, and is it repaired?'
        : 'Was any data lost or wrong?',
    ),
    ask('Was it down, or only degraded?'),
  ]
}

function timeline(
  history: History,
  incident: IncidentState,
  rollbacks: readonly RollbackState[],
): readonly string[] {
  return history
    .filter(({ event }) => isShown(event))
    .map((recorded) => `- ${clockSeconds(recorded.at)} ${told(recorded, incident, rollbacks)}`)
}

/** Blameless: what the role did, by id; nobody's name is in the record. */
function told(
  recorded: Recorded,
  incident: IncidentState,
  rollbacks: readonly RollbackState[],
): string {
  const { event } = recorded
  const rollback =
    'rollback' in event ? rollbacks.find(({ id }) => id === event.rollback) : undefined
  return inMarkdown(plainly(story(recorded, { incident, rollback })))
}

function suspected(rollbacks: readonly RollbackState[]): readonly string[] {
  const of = rollbacks.flatMap(({ plan }) =>
    plan && plan.target.executor !== 'region' ? plan.from.name : [],
  )
  const from = [...new Set(of)]
  return from.length > 0 ? [fact('Suspected', `came with ${list(from)}; not confirmed`)] : []
}

function evidence({ evidence: items }: IncidentState): readonly string[] {
  return items.length === 0
    ? ['- Nothing was captured.']
    : items.map(({ name, bytes, sha256 }) => fact(name, `${bytes} bytes, sha256 ${sha256}`))
}

/** Offered, to be kept, changed or struck out (policy §10). */
const actionItems = [
  '| what | owner | due |',
  '| --- | --- | --- |',
  '| Fix the cause and ship it | ? | ? |',
  '| Alert on it earlier | ? | ? |',
  '| Add a test that would have caught it | ? | ? |',
  '| Make the pipeline stop it | ? | ? |',
  '| Bring the runbook up to date | ? | ? |',
  '| Share what was learnt | ? | ? |',
] as const
