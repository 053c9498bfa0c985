import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Traffic {
  readonly perSecond: number
  /** A share. */
  readonly errors: number
  readonly p95Seconds: number
}

export interface MeasuredService {
  readonly address: string
  /** From now on. */
  set(traffic: Partial<Traffic>): void
  close(): Promise<void>
}

/** Upper bounds of the histogram, in seconds. */
const bounds = [0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2] as const

/** Something that counts its requests as services do. What happened is reckoned from the clock when it is scraped. */
export async function measuredService(
  service: string,
  current: () => Traffic = () => ({ perSecond: 400, errors: 0.001, p95Seconds: 0.18 }),
): Promise<MeasuredService> {
  let told: Partial<Traffic> = {}
  let last = performance.now()
  const counts = { good: 0, bad: 0, buckets: bounds.map(() => 0) }
  const goOn = () => {
    const now = performance.now()
    const { perSecond, errors, p95Seconds } = { ...current(), ...told }
    const requests = ((now - last) / 1_000) * perSecond
    last = now
    counts.bad += requests * errors
    counts.good += requests * (1 - errors)
    // Nineteen in twenty are as fast as that, evenly; the rest is slower than any bound.
    for (const [at, bound] of bounds.entries())
      counts.buckets[at] =
        (counts.buckets[at] ?? 0) + requests * Math.min(0.95, (bound / p95Seconds) * 0.95)
  }
  const text = () => {
    goOn()
    const all = counts.good + counts.bad
    const of = `service="${service}"`
    return [
      '# TYPE http_requests_total counter',
      `http_requests_total{${of},code="200"} ${counts.good}`,
      `http_requests_total{${of},code="500"} ${counts.bad}`,
      '# TYPE http_request_duration_seconds histogram',
      ...bounds.map(
        (bound, at) =>
          `http_request_duration_seconds_bucket{${of},le="${bound}"} ${counts.buckets[at]}`,
      ),
      `http_request_duration_seconds_bucket{${of},le="+Inf"} ${all}`,
      `http_request_duration_seconds_count{${of}} ${all}`,
      '',
    ].join('\n')
  }
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(traffic) {
      goOn()
      told = { ...told, ...traffic }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
