import { TenureOver } from '#ports/tenure.ts'

/** The time of a pretend process: over when a test says so, or after so many more of its changes. */
export interface Fence {
  /** For what makes changes, which must ask before each. */
  readonly beforeChange: () => void
  /** The process may make so many more. */
  closeAfter(changes: number): void
  open(): void
}

export function aFence(): Fence {
  let left = Number.POSITIVE_INFINITY
  return {
    beforeChange() {
      left -= 1
      if (left < 0) throw new TenureOver('another process has taken over')
    },
    closeAfter(changes) {
      left = changes
    },
    open() {
      left = Number.POSITIVE_INFINITY
    },
  }
}
