import type { RollbackPolicy } from '#domain/rollback/policy.ts'
import {
  type Blocker,
  type Difference,
  isSoftBlocker,
  type Plan,
  type Warning,
} from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Mechanism } from '#domain/rollback/ways.ts'
import { count, list, span } from '#domain/communication/words.ts'
import { bold, code, dotted, type Markup, mrkdwn } from './markup.ts'
import { imageChanges, named, shortDigest } from './versions.ts'

const mostDifferences = 5

/** One line: images first, then the rest of the template. */
export function whatChanges(plan: Plan): Markup {
  const others = plan.differences.filter(({ what }) => what !== 'image')
  const isOfImages = plan.from.images.length + plan.to.images.length > 0
  const images =
    plan.target.executor === 'region'
      ? mrkdwn`production moves from ${plan.from.name} to ${plan.to.name}`
      : isOfImages || others.length === 0
        ? (imageChanges(plan.from, plan.to) ??
          mrkdwn`${named(plan.from)} → ${named(plan.to)}, same image`)
        : undefined
  const more = others.length - mostDifferences
  return dotted(
    images,
    ...others.slice(0, mostDifferences).map(differenceText),
    more > 0 ? mrkdwn`${count(more, 'more change')}` : undefined,
  )
}

/** Values of environment variables and secrets are never shown, only that they change. */
export function differenceText({ what, where, from, to }: Difference): Markup {
  if (what === 'env' || what === 'config') {
    if (to === undefined) return mrkdwn`${what} −${where}`
    if (from === undefined) return mrkdwn`${what} +${where}`
    return mrkdwn`${what} ${where} changed`
  }
  const kind = what === 'other' || what === 'resources' ? '' : `${what} `
  if (to === undefined) return mrkdwn`${kind}${where} removed (was ${from ?? 'unset'})`
  if (from === undefined) return mrkdwn`${kind}${where} added: ${to}`
  return mrkdwn`${kind}${where} ${from} → ${to}`
}

/** What goes away beside the version that is rolled back. */
export function alsoUndoes(plan: Plan): Markup {
  if (plan.running)
    return mrkdwn`nothing: only ${plan.also ? 'flags are' : 'the flag is'} switched off, ${plan.running.name} goes on running`
  if (plan.canary)
    return mrkdwn`nothing: only the canary is taken away, ${plan.to.name} serves already and stays as it is`
  if (plan.target.executor === 'region')
    return mrkdwn`nothing: every version stays as it is, requests and writes go elsewhere`
  const between =
    plan.between.length === 0
      ? mrkdwn`no versions between`
      : mrkdwn`${count(plan.between.length, 'version')} between (${list(plan.between.slice(0, 6))}${plan.between.length > 6 ? ' …' : ''})`
  const changed = plan.warnings.find((warning) => warning.kind === 'config_changed')
  const unread = plan.warnings.some(
    (warning) => warning.kind === 'missing_right' && warning.resource === 'configmaps',
  )
  const config = changed
    ? mrkdwn`configuration changed since (${list(changed.names.slice(0, 6))})`
    : unread || !readsConfiguration.has(plan.mechanism)
      ? mrkdwn`configuration not looked at`
      : mrkdwn`configuration unchanged (Secrets are not read)`
  if (plan.mechanism === 'database-down') return dotted(between, mrkdwn`the code stays as it is`)
  return dotted(between, config, schemaText(plan))
}

/** The ways whose plans compare the configuration that both versions name; of the others nobody knows whether it changed. */
const readsConfiguration: ReadonlySet<Mechanism> = new Set([
  'deployment-undo',
  'statefulset-undo',
  'daemonset-undo',
  'rollout-undo',
])

/** A warning says it where nobody knows. */
function schemaText({ schema, warnings }: Plan): Markup | undefined {
  if (schema)
    return mrkdwn`no migrations: it runs on schema ${schema.range} of ${schema.database}, which is at ${schema.version}`
  return warnings.some(({ kind }) => kind === 'schema_unverified')
    ? undefined
    : mrkdwn`database migrations: not checked, ask the owner if unsure`
}

export function how(plan: Plan, rollback: RollbackState, policy: RollbackPolicy): Markup {
  const wanted = policy.strategyBudgets[rollback.strategy]
  const slower =
    plan.expectedMicros > wanted
      ? mrkdwn`; ${rollback.strategy} aims at ${span(wanted)}, but no faster way is ${plan.ways ? 'open' : 'configured'}`
      : mrkdwn``
  return mrkdwn`${plan.how} · about ${span(plan.expectedMicros)} (budget ${span(plan.budgetMicros)}${slower})`
}

export function watchOut(plan: Plan): Markup | undefined {
  const soft = plan.warnings.filter(isSoftBlocker)
  const rest = plan.warnings.filter(
    (warning) => !isSoftBlocker(warning) && warning.kind !== 'config_changed',
  )
  const shown = [...soft.map(warningText), ...rest.map(warningText)]
  if (soft.length > 0)
    shown.push(mrkdwn`approving over this needs a typed acknowledgement and one level more`)
  return shown.length > 0 ? dotted(...shown) : undefined
}

export function warningText(warning: Warning): Markup {
  switch (warning.kind) {
    case 'paused':
      return mrkdwn`rollouts are paused; they are resumed for this`
    case 'in_flight':
      return mrkdwn`a deploy is under way: ${warning.ready} of ${warning.wanted} ready`
    case 'zero_replicas':
      return mrkdwn`scaled to 0: nothing will start until it is scaled up`
    case 'nothing_serving':
      return mrkdwn`nothing serves at the moment`
    case 'autoscaler':
      return mrkdwn`the autoscaler ${warning.name} owns the replica count (${warning.min} to ${warning.max})`
    case 'gitops_owner':
      if (warning.scales !== undefined)
        return mrkdwn`${warning.tool} (${warning.name}) brings ${warning.scales} what Git has, and may scale it back`
      return mrkdwn`${warning.tool} owns this (${warning.name}) and may put the bad version back${warning.why === undefined ? '' : `: ${warning.why}`}`
    case 'synced_by_hand':
      return mrkdwn`${warning.tool} (${warning.name}) brings what Git has when somebody syncs: put the good version into Git before that`
    case 'sync_paused':
      return mrkdwn`the sync of ${warning.tool} (${warning.name}) is paused for this${warning.others.length === 0 ? '' : mrkdwn`, and with it that of ${list(warning.others.slice(0, 6))}${warning.others.length > 6 ? ' …' : ''}`}`
    case 'last_applied':
      return mrkdwn`last applied by ${warning.manager}; its next apply would undo this`
    case 'mutable_tag':
      return mrkdwn`the tag of ${code(warning.image)} can move: what starts may differ from what ran`
    case 'tag_moved':
      return mrkdwn`the tag of ${code(warning.image)} was moved: ${shortDigest(warning.served)} served, ${shortDigest(warning.now)} would start`
    case 'aborted':
      return mrkdwn`its rollout was aborted${warning.why === '' ? '' : `: ${warning.why}`}`
    case 'canary_step':
      return mrkdwn`its rollout is at step ${warning.step} of ${warning.steps}`
    case 'flagger_phase':
      return mrkdwn`Flagger (Canary ${warning.name}) is in phase ${warning.phase}${warning.share > 0 ? mrkdwn`, at ${warning.share} % of the traffic` : mrkdwn``}`
    case 'flagger_suspended':
      return mrkdwn`the Canary ${warning.name} is suspended: Flagger does nothing until somebody takes ${code('spec.suspend')} away`
    case 'flagger_not_asking':
      return mrkdwn`Flagger cannot be told to take it back (${notAsking[warning.because]}): its pods are replaced instead, and its share of the traffic stays`
    case 'flagger_tries_again':
      return mrkdwn`${warning.revision} is a new version to Flagger (Canary ${warning.name}), which tries it once more beside the same version`
    case 'copied_config':
      return mrkdwn`what serves reads copies that Flagger made of its configuration (${list(warning.names.slice(0, 6))}): their content does not go back`
    case 'moves_on':
      return mrkdwn`it goes on by itself after ${span(warning.afterMicros)} at this step; hold it to stop that`
    case 'pods_beside':
      return mrkdwn`the Deployment ${warning.name} runs ${count(warning.count, 'pod')} of its own, which take every new template at once, past all steps`
    case 'coarse_share':
      return mrkdwn`the canary is asked to take ${warning.asked} %; with ${warning.own} of ${warning.all} ${warning.noun} it takes about ${Math.round((100 * warning.own) / Math.max(1, warning.all))} %`
    case 'analysis':
      return mrkdwn`the analysis ${warning.name} says ${warning.result}${warning.why === '' ? '' : `: ${warning.why}`}`
    case 'stuck_pod':
      return mrkdwn`${code(warning.pod)} is stuck: ${warning.why}`
    case 'possible_loss':
      return mrkdwn`${warning.text}`
    case 'marked_bad':
      return mrkdwn`${warning.revision} is marked bad: ${warning.because}`
    case 'schema_unverified':
      return mrkdwn`${warning.text}`
    case 'unproven_target':
      return mrkdwn`${warning.revision} was never verified good`
    case 'rollback_of_rollback':
      return mrkdwn`this takes back an earlier rollback (${warning.rollback})`
    case 'config_changed':
      return mrkdwn`configuration changed since: ${list(warning.names.slice(0, 6))}`
    case 'short_capacity':
      return mrkdwn`short of capacity: ${warning.detail}`
    case 'traffic':
      return mrkdwn`${warning.text}`
    case 'platform':
      return mrkdwn`${warning.text}`
    case 'not_restored':
      return mrkdwn`stays as it is now, though it was otherwise then: ${list(warning.what)}`
    case 'missing_right':
      return mrkdwn`${warning.loses}: may not ${warning.verb} ${warning.resource}`
  }
}

const notAsking = {
  suspended: 'its Canary is suspended',
  not_listed: 'its Canary does not list our gate',
  not_ready: 'it asks nobody while pods are not ready',
  not_answered: 'nobody answers at its gates here: its secret or the database is missing',
} as const

/** Why there is nothing to decide on, and what to do about it. */
export function blockerText(blocker: Blocker): Markup {
  switch (blocker.kind) {
    case 'nothing_to_go_back_to':
      return blocker.considered.length === 0
        ? mrkdwn`There is no earlier version to go back to. Ship a fix forward, or name a version with ${code('--to')}.`
        : mrkdwn`No earlier version is known to be good (${list(blocker.considered.slice(0, 4))}). If you know one that is, name it with ${code('--to')}.`
    case 'already_there':
      return mrkdwn`It already runs ${blocker.revision}. Nothing would change; look at dependencies and traffic instead.`
    case 'controller_lagging':
      return mrkdwn`The cluster has not caught up with the last change (it has seen generation ${blocker.observed} of ${blocker.generation}). Try again in a few seconds.`
    case 'target_missing':
      return mrkdwn`${blocker.revision} cannot be used any more: ${blocker.why}. Choose another version with ${code('--to')}.`
    case 'schema_crossed':
      return blocker.safe === null
        ? mrkdwn`${blocker.revision} cannot run on today's schema: ${blocker.why}. No version that is known to be good can: mend it forward, or roll the schema back first.`
        : mrkdwn`${blocker.revision} cannot run on today's schema: ${blocker.why}. ${bold(blocker.safe)} can: ask again with ${code(`--to ${blocker.safe}`)}.`
    case 'cannot_reach':
      return mrkdwn`I cannot reach ${blocker.what}: ${blocker.why}. Nothing was done. Try again, or roll back by hand and note it on the timeline.`
    case 'not_allowed':
      return mrkdwn`I am not allowed to ${blocker.verb} ${blocker.resource}. Whoever runs the platform must grant it; until then roll back by hand.`
    case 'refused_by_platform':
      return mrkdwn`The platform would refuse this: ${blocker.message}`
    case 'unsupported':
      return mrkdwn`This cannot be done here: ${blocker.why}`
  }
}
