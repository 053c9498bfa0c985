import type { Limit, LimitUnit } from './limit.ts'

/** In a row of the judge's absolute rules. */
const row = (metric: string, key: string, unit: LimitUnit, says: string): Limit => ({
  says,
  unit,
  path: ['judge', 'absolute', metric, key],
})
const bound = (metric: string, says: string, unit: LimitUnit = 'percent') =>
  row(metric, 'bound', unit, says)
const lasts = (metric: string) =>
  row(metric, 'sustainedSeconds', 'seconds', '… for so long without a pause')
const delay = (metric: string) =>
  row(metric, 'delaySeconds', 'seconds', '… and so long at least to stop it')
const asks = (metric: string) =>
  row(metric, 'askWithin', 'percent', '… within so many points people are asked')
const judged = (key: string, unit: LimitUnit, says: string): Limit => ({
  says,
  unit,
  path: ['judge', key],
})

/** Every number that what may happen by itself, and a canary beside its baseline, is judged by, and that a team may set. */
export const triggerLimits = {
  triggerErrorRatePercent: bound('errorRate', 'error-rate fires above'),
  triggerErrorRateForSeconds: lasts('errorRate'),
  triggerP95Seconds: bound('p95Seconds', 'latency-p95 fires above', 'seconds'),
  triggerP95ForSeconds: lasts('p95Seconds'),
  triggerHealthFailuresPercent: bound('healthFailures', 'health-checks fires above'),
  triggerHealthFailuresForSeconds: lasts('healthFailures'),
  triggerMemoryPercent: bound('memory', 'memory fires above'),
  triggerMemoryForSeconds: lasts('memory'),
  triggerMemoryDelaySeconds: delay('memory'),
  triggerCpuPercent: bound('cpu', 'cpu fires above'),
  triggerCpuForSeconds: lasts('cpu'),
  triggerCpuDelaySeconds: delay('cpu'),
  triggerNotReadyPercent: bound('readinessFailures', 'readiness fires above'),
  triggerNotReadyForSeconds: lasts('readinessFailures'),
  triggerPaymentSuccessPercent: bound('paymentSuccess', 'payment-success fires below'),
  triggerPaymentSuccessAskPercent: asks('paymentSuccess'),
  triggerCheckoutCompletionPercent: bound('checkoutCompletion', 'checkout-completion fires below'),
  triggerCheckoutCompletionAskPercent: asks('checkoutCompletion'),
  triggerCanaryErrorRatePercent: bound('canaryErrorRate', 'canary-error-rate fires above'),
  triggerCanaryErrorRateForSeconds: lasts('canaryErrorRate'),
  canaryMinRequests: judged(
    'minRequests',
    'count',
    'fewer requests on either side compare nothing',
  ),
  canaryAskTimes: judged('pauseFrom', 'times', 'a canary asks from so many times its baseline'),
  canaryRollBackTimes: judged('rollBackAbove', 'times', '… and is taken back above'),
  canaryWindows: judged('consecutiveWindows', 'count', 'bad windows of 5 min in a row'),
} as const satisfies Readonly<Record<string, Limit>>
