import type { IncidentState } from '#domain/incident/state.ts'
import type { Instant } from '#domain/time.ts'
import { roleName } from '#domain/communication/role-words.ts'
import { clock, span } from '#domain/communication/words.ts'
import type { Phase as RollbackPhase } from '#domain/rollback/phase.ts'
import { frozenServices } from '#domain/rollback/freeze.ts'
import type { RollbackState } from '#domain/rollback/state.ts'

export type ChecklistPhase = 'before' | 'during' | 'rolled-back' | 'after' | 'later'

export interface Situation {
  readonly incident: IncidentState
  /** The newest rollback. */
  readonly rollback: RollbackState | undefined
  readonly now: Instant
}

interface Item {
  readonly phase: ChecklistPhase
  readonly text: string
  /** Left out where its mechanism is not there; absent for those that are always. */
  readonly appliesTo?: (situation: Situation) => boolean
  /** Yields the evidence when the product sees that it is done; people tick items without it. */
  readonly auto?: (situation: Situation) => Evidence | undefined
}
export interface Evidence {
  readonly text: string
  readonly at: Instant | undefined
}

/**
 * Policy §7. Items whose mechanism does not exist yet (publishing to a status page, an issue tracker) are not
 * here: an item nobody can do is noise.
 */
export const checklistItems = {
  'incident-confirmed': {
    phase: 'before',
    text: 'Incident confirmed, severity assessed',
    auto: ({ incident }) => ({
      text: `${incident.severity}, noticed by ${incident.detectedBy}`,
      at: incident.declaredAt,
    }),
  },
  'target-validated': {
    phase: 'before',
    text: 'Version to go back to identified and validated',
    auto: ({ rollback }) =>
      rollback?.plan && {
        text: `${rollback.plan.to.name}, ${rollback.plan.chosenBecause}`,
        at: rollback.plannedAt,
      },
  },
  authorised: {
    phase: 'before',
    text: 'Authorised',
    auto: ({ rollback }) =>
      rollback?.approved && {
        text: `as ${roleName(rollback.approved.as)}`,
        at: rollback.approved.at,
      },
  },
  'deploys-stopped': {
    phase: 'before',
    text: 'Deploys of the service stopped',
    appliesTo: ({ rollback }) =>
      rollback !== undefined && frozenServices(rollback.service, rollback.plan).length > 0,
    auto: ({ rollback }) =>
      rollback?.freeze.raised && {
        text: `frozen until ${clock(rollback.freeze.raised.until)}`,
        at: rollback.freeze.raised.at,
      },
  },
  'team-notified': {
    phase: 'before',
    text: 'Team notified',
    auto: ({ incident }) =>
      incident.channel && { text: `in #${incident.channel.name}`, at: undefined },
  },
  'evidence-captured': {
    phase: 'during',
    text: 'Evidence of the bad version captured',
    auto: ({ incident }) =>
      incident.evidence.length > 0
        ? { text: `${incident.evidence.length} files`, at: undefined }
        : undefined,
  },
  'procedure-run': {
    phase: 'during',
    text: 'Rollback carried out',
    auto: ({ rollback }) =>
      rollback?.completedAt === undefined
        ? undefined
        : { text: `${rollback.steps.length} steps done`, at: rollback.completedAt },
  },
  'serving-version': {
    phase: 'during',
    text: 'Health checks pass on the version rolled back to',
    auto: passed('units', 'serving', 'health'),
  },
  'smoke-tests': { phase: 'during', text: 'Smoke tests run' },
  'metrics-watched': {
    phase: 'rolled-back',
    text: 'Error rate and latency back to normal',
    auto: passed('error-rate', 'p95'),
  },
  'critical-functions': {
    phase: 'rolled-back',
    text: 'Critical functions tested by hand (payment, login)',
  },
  'stakeholders-told': {
    phase: 'rolled-back',
    text: 'Stakeholders told',
    auto: said('rollback-notification'),
  },
  stable: {
    phase: 'after',
    text: 'Stable for the whole watch',
    auto: ({ rollback }) =>
      rollback?.phase === 'stable' && rollback.verifiedAt !== undefined
        ? { text: `watched for ${span(rollback.since - rollback.verifiedAt)}`, at: rollback.since }
        : undefined,
  },
  'comprehensive-tests': { phase: 'after', text: 'Comprehensive tests run' },
  'data-integrity': { phase: 'after', text: 'Data checked for loss and corruption' },
  'cause-analysed': { phase: 'after', text: 'Cause analysed' },
  'fix-plan': { phase: 'after', text: 'Fix plan with dates sent' },
  'post-mortem-scheduled': { phase: 'after', text: 'Post-mortem scheduled, within 24 hours' },
  'redeploy-planned': { phase: 'after', text: 'Deployment with the fix planned' },
  'hold-lifted': {
    phase: 'later',
    text: 'Fix shipped and the hold lifted',
    auto: ({ rollback }) =>
      rollback?.hold?.lifted
        ? { text: `${rollback.hold.name} released`, at: undefined }
        : undefined,
  },
  'process-improved': { phase: 'later', text: 'Process improved' },
  'documentation-updated': { phase: 'later', text: 'Documentation updated' },
  'post-mortem-held': { phase: 'later', text: 'Post-mortem held' },
} as const satisfies Record<string, Item>

type ChecklistItemId = keyof typeof checklistItems
const isChecklistItem = (id: string): id is ChecklistItemId => Object.hasOwn(checklistItems, id)

/** Whether people or the product tick an item; `undefined` when there is none of that name. */
export function whoTicks(id: string): 'person' | 'countermand' | undefined {
  if (!isChecklistItem(id)) return undefined
  return 'auto' in checklistItems[id] ? 'countermand' : 'person'
}

/** As people know the item; its id for one that an earlier version had. */
export const checklistText = (id: string): string =>
  isChecklistItem(id) ? checklistItems[id].text : id

function said(template: string) {
  return ({ incident }: Situation): Evidence | undefined => {
    const sent = incident.announced.find((one) => one.template === template)
    return sent && { text: 'sent', at: sent.at }
  }
}

const afterChecks: readonly RollbackPhase[] = ['watching', 'stable']

/** Only when the checks were made, all of them passed, and none of them is unknown (invariant I10). */
function passed(...wanted: readonly RollbackState['checks'][number]['id'][]) {
  return ({ rollback }: Situation): Evidence | undefined => {
    if (!rollback || !afterChecks.includes(rollback.phase)) return undefined
    const found = rollback.checks.filter(({ id }) => wanted.includes(id))
    return found.length > 0 && found.every(({ result }) => result === 'passed')
      ? { text: found.map(({ text }) => text).join(', '), at: rollback.verifiedAt }
      : undefined
  }
}
