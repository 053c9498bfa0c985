import type { Controls, ServiceState, WorldState } from '#sandbox/controls.ts'

/** A world that remembers what the page asked of it; nothing more happens in it than a test lets happen. */
export function aWorld(
  services: readonly ServiceState[],
  startedAt = Date.UTC(2026, 10, 21, 14, 30),
) {
  const listeners = new Set<() => void>()
  const asked: string[] = []
  let shifted = 0
  let isDown = false
  let state = {
    services,
    shipments: [
      { kind: 'errors', title: 'answers with errors', isCanary: false },
      { kind: 'slow', title: 'answers slowly', isCanary: false },
      { kind: 'canary', title: 'nothing, as a canary', isCanary: true },
    ],
    pages: [] as WorldState['pages'],
    incidents: [] as WorldState['incidents'],
  }
  const timelines = new Map<string, { markdown: string; json: string; verified: boolean }>()
  const now = (): number => startedAt + shifted
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const controls: Controls = {
    state: async () => ({ ...state, clock: new Date(now()).toISOString(), slackDown: isDown }),
    ship: async (service, kind) => {
      asked.push(`ship ${service} ${kind}`)
      tell()
      const isFrozen = state.services.some(({ name, frozen }) => name === service && frozen)
      return isFrozen
        ? `The cluster refused it: Deploys of ${service} are frozen until 16:30 UTC.`
        : undefined
    },
    commit: async (service) => {
      asked.push(`commit ${service}`)
      tell()
    },
    moveClock: async (minutes) => {
      asked.push(`clock +${minutes}`)
      shifted += minutes * 60_000
      tell()
    },
    slackDown: async (on) => {
      asked.push(`slack ${on ? 'down' : 'up'}`)
      isDown = on
      tell()
    },
    timeline: async (incident) => timelines.get(incident),
    onChange: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
  return {
    controls,
    asked,
    now,
    timelines,
    change(change: Partial<typeof state>): void {
      state = { ...state, ...change }
      tell()
    },
  }
}

export const aService = (
  name: string,
  { version = 'v2.2.1', count = 4, ...more }: Partial<ServiceState> & { count?: number } = {},
): ServiceState => ({
  name,
  kind: 'Deployment',
  version,
  frozen: false,
  pods: Array.from({ length: count }, (_, index) => ({
    name: `${name}-${index}`,
    version,
    ready: true,
    phase: 'Running',
  })),
  errorRate: 0.001,
  p95: 0.205,
  ...more,
})
