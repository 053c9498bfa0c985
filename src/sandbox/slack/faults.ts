/** What can be wrong with the pretend Slack. Each fault lasts until it is cleared or used up. */
export interface FaultControls {
  /** Nothing gets through, in either direction: connections are cut. */
  down(on: boolean): void
  /** Connections are taken and never answered. */
  blackHole(on: boolean): void
  /** Every answer comes this much later. */
  latency(ms: number): void
  /** Answers 429 with `Retry-After` to the next `times` calls of `method`; `*` is every method. */
  rateLimit(method: string, retryAfterSeconds: number, times?: number): void
  /** Answers `{ok: false, error}`. */
  refuse(method: string, error: string, times?: number): void
  /** Answers with an HTTP status, e.g. 503. */
  status(method: string, status: number, times?: number): void
  /** Does what was asked, then cuts the connection: the caller cannot know. */
  loseAnswer(method: string, times?: number): void
  clear(): void
}

export type Fault =
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'lost' }

export function createFaults(changed: () => void) {
  let planned: { method: string; fault: Fault; left: number }[] = []
  let isDown = false
  let isBlackHole = false
  let latencyMs = 0
  const plan = (method: string, fault: Fault, times = Number.POSITIVE_INFINITY): void => {
    planned.push({ method, fault, left: times })
  }
  const controls: FaultControls = {
    down(on) {
      isDown = on
      changed()
    },
    blackHole(on) {
      isBlackHole = on
      changed()
    },
    latency(ms) {
      latencyMs = ms
    },
    rateLimit: (method, retryAfterSeconds, times) =>
      plan(method, { kind: 'rate_limited', retryAfterSeconds }, times),
    refuse: (method, error, times) => plan(method, { kind: 'refused', error }, times),
    status: (method, status, times) => plan(method, { kind: 'status', status }, times),
    loseAnswer: (method, times) => plan(method, { kind: 'lost' }, times),
    clear() {
      planned = []
      isDown = false
      isBlackHole = false
      latencyMs = 0
      changed()
    },
  }
  return {
    controls,
    isDown: () => isDown,
    isBlackHole: () => isBlackHole,
    latencyMs: () => latencyMs,
    /** The fault that this call meets, which uses it up once. */
    take(method: string): Fault | undefined {
      const met = planned.find((one) => one.method === method || one.method === '*')
      if (!met) return undefined
      met.left -= 1
      planned = planned.filter(({ left }) => left > 0)
      return met.fault
    },
  }
}

export type Faults = ReturnType<typeof createFaults>
