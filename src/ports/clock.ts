/** Waiting between two looks. Decides nothing: moments come from the timeline's `now`. */
export interface Clock {
  /** Resolves after `ms` milliseconds or as soon as `signal` aborts. Never throws. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}
