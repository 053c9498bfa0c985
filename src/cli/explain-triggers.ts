import { lacking, unnamedTriggers } from '#config/automation.ts'
import {
  type LimitName,
  limitNames,
  limitOf,
  limits as numbers,
  limitsFor,
} from '#domain/assessment/limits.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { timesNormal } from '#domain/automation/saturation.ts'
import { boundOf } from '#domain/automation/series.ts'
import { breakerWithin } from '#domain/automation/breaker.ts'
import { togetherFor } from '#domain/automation/settings.ts'
import { mostInADay } from '#domain/automation/state.ts'
import {
  isSeries,
  type SeriesTrigger,
  type Trigger,
  triggerNames,
  triggers,
} from '#domain/automation/triggers.ts'
import { windowsOf } from '#domain/automation/weighed.ts'
import { figureText } from '#domain/automation/words.ts'
import type { JudgePolicy } from '#domain/canary/judge-policy.ts'
import { percent, span } from '#domain/communication/words.ts'
import type { Policy } from '#domain/policy.ts'
import type { Service } from '#domain/service.ts'
import { minutes, seconds } from '#domain/time.ts'
import { limitSource } from './limit-source.ts'

/** What may roll a service back by itself: each trigger with its numbers, where they come from, and why it acts or does not. */
export function triggersText(service: Service, policy: Policy): readonly string[] {
  const widest = Math.max(...triggerNames.map((name) => name.length))
  return [
    heading(service),
    ...triggerNames.map((name) => {
      const why = idle(name, service, policy)
      const mark = why === undefined ? '✓' : '–'
      const source = sourceOf(name, service, policy)
      const condition = conditionOf(name, service, policy)
      return `${mark} ${name.padEnd(widest)}  ${source.padEnd(12)}  ${condition}${why === undefined ? '' : ` – ${why}`}`
    }),
    'Before any of them acts',
    ...guards(service, policy).map((line) => `  ${line}`),
  ]
}

function heading({ id, automation }: Service): string {
  if (!automation || automation.mode === 'off')
    return `Nothing is rolled back by itself: services.${id}.automation is ${automation ? 'off' : 'left out'}. What could act:`
  const { mode, countdownMicros, combine, triggers: chosen } = automation
  const how = {
    on: 'What rolls it back by itself',
    'dry-run': 'What would roll it back by itself (dry run: it is only said)',
  }[mode]
  const together = combine
    ? `all of them together for more than ${span(togetherFor)}`
    : `any of them${chosen.includes('score') ? ', or the score' : ''}`
  const wait = countdownMicros === 0 ? 'at once' : `${span(countdownMicros)} to stop it`
  return `${how}: ${together}, ${wait}`
}

/** Why a trigger does not act. */
function idle(name: Trigger, service: Service, { own }: Policy): string | undefined {
  if (name === 'score' && !own?.[service.id]?.profile) return 'nothing weighs: add policy.profile'
  const lacks = lacking(name, service)
  if (lacks !== undefined) return `not measured: add ${lacks}`
  const usual = unnamedTriggers(service)
  if ((service.automation?.triggers ?? usual).includes(name)) return undefined
  if (name === 'score') return 'combine is not weighted'
  return usual.includes(name) ? 'not named' : 'acts only where it is named'
}

function conditionOf(name: Trigger, service: Service, policy: Policy): string {
  const limits = limitsFor(policy, service.id)
  const { judge } = limits
  if (isSeries(name)) return seriesText(name, service, judge)
  const share = (limit: LimitName) => `${limitOf(limits, limit)} %`
  switch (triggers[name].of) {
    case 'canary':
      return `the canary is proved more than ${judge.rollBackAbove} times as bad as what runs beside it, or fails ${canaryText(judge)}: only told`
    case 'breaker':
      return `not closed within ${span(breakerWithin)} of the deploy, and closed in the ${span(breakerWithin)} before`
    case 'saturation':
      return `CPU above ${share('cpuSignPercent')} or memory above ${share('memorySignPercent')}, while requests fail or are slow; without that, or above ${timesNormal} times normal, people are asked`
    case 'alert':
      return 'one that asks for a rollback fires'
    case 'pipeline':
      return 'GitHub says that a deployment or a workflow failed: people are asked'
    case 'delivery':
      return 'Flagger has given a new version up: only told, it has sent the traffic back itself'
    case 'score':
      return limits.profile
        ? `the profile weighs ${limits.profile.rollBackAt}; from ${limits.profile.pauseAt} on people are asked`
        : 'what a profile weighs; there is none'
  }
}

/** `above 90 % for 5 min; warm after 5 min, 30 s more to stop it`. */
function seriesText(name: SeriesTrigger, { automation }: Service, judge: JudgePolicy): string {
  const bound = boundOf(name, automation ?? {}, minutes(1), judge)
  if (!bound) return ''
  const { breaks, sustainedSeconds, delaySeconds, askWithin } = bound
  const lasts = sustainedSeconds > 0 ? ` for ${span(seconds(sustainedSeconds))}` : ''
  const { warmUp } = triggers[name]
  const more = [
    ...(warmUp > 0 ? [`warm after ${span(warmUp)}`] : []),
    ...(delaySeconds > 0 ? [`${span(seconds(delaySeconds))} at least to stop it`] : []),
    ...(askWithin > 0
      ? [`within ${Number((askWithin * 100).toPrecision(6))} points of it people are asked`]
      : []),
  ]
  return [`${breaks} ${figureText(name, bound.bound)}${lasts}`, ...more].join('; ')
}

function canaryText({ absolute, minRequests }: JudgePolicy): string {
  const rule = absolute['canaryErrorRate']
  if (!rule) return ''
  return `above ${figureText('canary-error-rate', rule.bound)} for ${span(seconds(rule.sustainedSeconds))}, of ${minRequests} requests at least`
}

/** The nearest of those that any of its numbers comes from. */
function sourceOf(name: Trigger, service: Service, policy: Policy): string {
  if (name === 'score') return policy.own?.[service.id]?.profile ? 'the service' : 'default'
  const sources = limitsOf(name).map((limit) => limitSource(limit, service, policy))
  return ['the service', 'organisation'].find((one) => sources.includes(one)) ?? 'default'
}

/** The numbers that a trigger is judged by. */
function limitsOf(name: Trigger): readonly LimitName[] {
  if (name === 'saturation') return ['cpuSignPercent', 'memorySignPercent']
  if (isSeries(name)) return ofMetric(triggers[name].metric)
  return triggers[name].of === 'canary'
    ? [...ofMetric('canaryErrorRate'), 'canaryMinRequests', 'canaryRollBackTimes', 'canaryWindows']
    : []
}
const ofMetric = (metric: string): readonly LimitName[] =>
  limitNames.filter((limit) => numbers[limit].path.some((key) => key === metric))

function guards(service: Service, policy: Policy): readonly string[] {
  const limits = limitsFor(policy, service.id)
  const { beforeDeploy, recentDeploy, minRequests } = limits
  const whose = (limit: LimitName) => `(${limitSource(limit, service, policy)})`
  return [
    `people are asked: of fewer than ${minRequests} requests ${whose('minRequests')}; trouble ${span(beforeDeploy)} or more before the deploy ${whose('beforeDeployMinutes')}; a version older than ${span(recentDeploy)} ${whose('recentDeployMinutes')}; a dependency that suffers as well; something to accept in words`,
    ...(service.automation?.triggers.includes('score')
      ? [
          `the score: ${compared(windowsOf(limits), limits)}; of errors chance below ${percent(limits.judge.significance)}`,
        ]
      : []),
    ...(service.automation?.triggers.includes('saturation')
      ? [
          `saturation: ${compared(limits.judge.consecutiveWindows, limits)}; otherwise people are asked`,
        ]
      : []),
    `never: what came by a rollback, or twice for a version; ${mostInADay} in a day switch it off`,
    ...(service.twoPerson ? ['never while approval.twoPerson asks for two people'] : []),
  ]
}

const compared = (windows: number, { judge }: AssessmentPolicy): string =>
  `a comparison with normal needs ${judge.minRequests} requests on either side, and ${windows} × ${judge.windowMinutes} min after ${judge.warmupMinutes} min of warm-up`
