/** A bound on a series; strict: a reading that equals it does not break it. */
export interface AbsoluteRule {
  readonly rule: string
  readonly bound: number
  readonly breaks: 'above' | 'below'
  /** Readings must break the bound without a pause for this long. */
  readonly sustainedSeconds: number
  readonly delaySeconds: number
  /** This near to the bound, on the wrong side, a person is asked instead. */
  readonly askWithin: number
  /** Whether the canary must have served the least number of requests. */
  readonly needsRequests: boolean
}

/** Every number the judge decides by (policy §4, statistics of the judge §0). */
export interface JudgePolicy {
  /** Comparisons leave out what a cold canary did before this, and look at windows of this length. */
  readonly warmupMinutes: number
  readonly windowMinutes: number
  readonly consecutiveWindows: number
  readonly significance: number
  /** Least requests of each arm: in a window, and before a canary is called good. */
  readonly minRequests: number
  /** Below this many expected errors the exact test is used. */
  readonly minExpected: number
  /** Ratio of error rates, canary to baseline: from the first on a person is asked, above the second it is rolled back. */
  readonly pauseFrom: number
  readonly rollBackAbove: number
  readonly evidence: {
    /** Chance of ever accusing a canary at or below the null ratio, shared by all metrics of a run. */
    readonly alphaPause: number
    readonly alphaRollBack: number
    /** Chance of ever calling a harmful canary good. */
    readonly alphaGood: number
    readonly pauseNull: number
    readonly rollBackNull: number
    readonly grid: readonly number[]
    /** Evidence that ended longer ago than this calls nothing good. */
    readonly staleMinutes: number
    /** What a healthy canary must be told from: this ratio. */
    readonly harmful: number
    /** A canary that is surely below this error rate harms nobody, whatever the ratio. */
    readonly negligibleRate: number
  }
  readonly external: {
    /** The baseline is degraded at this many times its own hour before, or above this rate. */
    readonly timesBefore: number
    readonly rateAbove: number
  }
  readonly absolute: Readonly<Record<string, AbsoluteRule>>
  readonly score: { readonly pauseAt: number; readonly rollBackAt: number }
}

const above = (
  rule: string,
  bound: number,
  sustainedSeconds: number,
  delaySeconds = 0,
): AbsoluteRule => ({
  rule,
  bound,
  breaks: 'above',
  sustainedSeconds,
  delaySeconds,
  askWithin: 0,
  needsRequests: false,
})

const below = (rule: string, bound: number): AbsoluteRule => ({
  rule,
  bound,
  breaks: 'below',
  sustainedSeconds: 0,
  delaySeconds: 0,
  askWithin: 0.005,
  needsRequests: false,
})

export const defaultJudgePolicy: JudgePolicy = {
  warmupMinutes: 5,
  windowMinutes: 5,
  consecutiveWindows: 3,
  significance: 0.05,
  minRequests: 1_000,
  minExpected: 5,
  pauseFrom: 1.5,
  rollBackAbove: 2,
  evidence: {
    alphaPause: 0.01,
    alphaRollBack: 0.01,
    alphaGood: 0.001,
    pauseNull: 1,
    rollBackNull: 1.5,
    grid: [1.25, 1.5, 2, 3, 5, 10],
    staleMinutes: 5,
    harmful: 2,
    // An availability of 99.9 % is where policy §1 begins to count.
    negligibleRate: 0.001,
  },
  external: { timesBefore: 2, rateAbove: 0.05 },
  absolute: {
    errorRate: above('error-rate', 0.05, 300),
    p95Seconds: above('latency-p95', 2, 600),
    healthFailures: above('health-checks', 0.5, 180),
    memory: above('memory', 0.9, 300, 30),
    cpu: above('cpu', 0.95, 600, 60),
    canaryErrorRate: { ...above('canary-error-rate', 0.05, 120), needsRequests: true },
    readinessFailures: above('readiness', 0.1, 300),
    paymentSuccess: below('payment-success', 0.995),
    checkoutCompletion: below('checkout-completion', 0.95),
  },
  score: { pauseAt: 50, rollBackAt: 100 },
}

/** The other scale of the policy: canary errors 10, circuit breaker 8, P99 5, CPU 3. */
export const smallScore: JudgePolicy['score'] = { pauseAt: 10, rollBackAt: 15 }
