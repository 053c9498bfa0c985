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

/** What its figures are called; those of the histogram are told apart by how it ended only where `tells` says so. */
export interface Names {
  readonly requests: string
  readonly took: string
  readonly perSecond: number
  readonly of: string
  readonly good: string
  readonly bad: string
  readonly tells: boolean
  /** Counts failures from nought on; most have no such series before the first. */
  readonly countsNone?: boolean
}
const plain = (service: string): Names => ({
  requests: 'http_requests_total',
  took: 'http_request_duration_seconds',
  perSecond: 1,
  of: `service="${service}"`,
  good: 'code="200"',
  bad: 'code="500"',
  tells: false,
  countsNone: true,
})

/** Something that counts its requests as services do. What happened is reckoned from the clock when it is scraped. */
export async function measuredService(
  service: string,
  current: () => Traffic = () => ({ perSecond: 400, errors: 0.001, p95Seconds: 0.18 }),
  names: Names = plain(service),
): Promise<MeasuredService> {
  const { requests, took, perSecond, of, good, bad, tells, countsNone = false } = names
  let told: Partial<Traffic> = {}
  let last = performance.now()
  const counts = { good: 0, bad: 0, buckets: bounds.map(() => 0) }
  const goOn = () => {
    const now = performance.now()
    const traffic = { ...current(), ...told }
    const { errors, p95Seconds } = traffic
    const served = ((now - last) / 1_000) * traffic.perSecond
    last = now
    counts.bad += served * errors
    counts.good += served * (1 - errors)
    // Nineteen in twenty are as fast as that, evenly; the rest is slower than any bound.
    for (const [at, bound] of bounds.entries())
      counts.buckets[at] =
        (counts.buckets[at] ?? 0) + served * Math.min(0.95, (bound / p95Seconds) * 0.95)
  }
  const text = () => {
    goOn()
    const all = counts.good + counts.bad
    const ended = tells ? `${of},${good}` : of
    return [
      `${requests}{${of},${good}} ${counts.good}`,
      ...(counts.bad > 0 || countsNone ? [`${requests}{${of},${bad}} ${counts.bad}`] : []),
      ...bounds.map(
        (bound, at) => `${took}_bucket{${ended},le="${bound * perSecond}"} ${counts.buckets[at]}`,
      ),
      `${took}_bucket{${ended},le="+Inf"} ${all}`,
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
