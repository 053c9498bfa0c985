import type { Tasks } from '#jobs/index.ts'

const nothing = async () => undefined

/** Work that does nothing, for tests that are about some of it. */
export const idleTasks: Tasks = {
  advance: nothing,
  assess: nothing,
  automate: async () => undefined,
  evidence: nothing,
  impact: nothing,
  freeze: nothing,
  page: nothing,
  propose: nothing,
  show: nothing,
  deliver: nothing,
  alerts: nothing,
  suggest: nothing,
  observe: nothing,
  check: nothing,
  redraw: nothing,
  twice: nothing,
  hourly: nothing,
}
