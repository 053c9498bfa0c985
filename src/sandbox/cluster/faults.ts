/** Trouble for the next requests that match. */
export interface Fault {
  readonly method?: string
  /** Part of the path, or a pattern over `path?query`. */
  readonly path?: string | RegExp
  /** How many requests; 1 when not said. */
  readonly times?: number
  readonly status?: number
  readonly reason?: string
  readonly message?: string
  readonly retryAfterSeconds?: number
  readonly delayMs?: number
  /** Cuts the connection: `before` the request takes effect, or `after` – the answer is lost. */
  readonly cut?: 'before' | 'after'
}

export type Faults = ReturnType<typeof createFaults>

export function createFaults() {
  let pending: { readonly fault: Fault; left: number }[] = []
  return {
    add(fault: Fault): void {
      pending.push({ fault, left: fault.times ?? 1 })
    },
    clear(): void {
      pending = []
    },
    /** The first fault that concerns this request; it is used up by one. */
    take(method: string, url: string): Fault | undefined {
      const found = pending.find(({ fault }) => concerns(fault, method, url))
      if (found === undefined) return undefined
      found.left -= 1
      pending = pending.filter(({ left }) => left > 0)
      return found.fault
    },
  }
}

function concerns({ method, path }: Fault, asked: string, url: string): boolean {
  if (method !== undefined && method !== asked) return false
  if (path === undefined) return true
  return typeof path === 'string' ? url.includes(path) : path.test(url)
}
