import { stateFigures } from '#http/figures/state.ts'
import { createMeasures } from '#http/metrics.ts'

const waiting = {
  replicas: 2,
  incidents: 1,
  outbox: { waiting: 3, oldest: 1.5 },
  inbox: { waiting: 1, oldest: 0.2, abandoned: 0 },
  overdue: 0,
  jobs: [{ task: 'advance', waiting: 1, running: 2, oldest: 0.1 }],
}

/** Figures as the running product has them. */
export function everyFigure(more: Partial<Parameters<typeof stateFigures>[1]> = {}) {
  const measures = createMeasures()
  stateFigures(measures.registry, {
    backlog: async () => waiting,
    pools: { work: { totalCount: 5, idleCount: 3, waitingCount: 0 } },
    isReady: async () => true,
    ...more,
  })
  return measures
}
