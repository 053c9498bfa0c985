import type { Gates } from '#ports/gates.ts'
import type { Trouble } from '../executors/troubles.ts'

/** The product's own gates, where the next ones are opened with trouble. */
export function troubledGates() {
  const made = new Set<string>()
  const pending: Trouble[] = []
  const late: Promise<void>[] = []
  const through = (gates: Gates): Gates => ({
    ...gates,
    async open(version, opening, operation) {
      const act = async () => {
        await gates.open(version, opening, operation)
        made.add(operation)
      }
      const trouble = pending.shift()
      if (trouble?.kind === 'cut-after') await act()
      if (trouble?.kind === 'late') late.push(act())
      if (trouble) throw new Error(`the database is in trouble: ${trouble.kind}`)
      await act()
    },
  })
  return {
    made,
    through,
    trouble: (given: Trouble, times: number) =>
      void pending.push(...Array.from({ length: times }, () => given)),
    /** Until what was written too late is written. */
    written: () => Promise.all(late),
  }
}
