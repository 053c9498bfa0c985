import type { Catalogue } from '#domain/catalogue.ts'
import type { Finding } from './finding.ts'
import type { ServiceRow } from './service-row.ts'
import { workloadsOf } from './targets.ts'

/** One rollback at a time per workload (invariant I5) is kept by its name: it belongs to one service. */
export function sharedWorkloads(rows: ReadonlyMap<string, ServiceRow>): readonly Finding[] {
  const owners = new Map<string, string>()
  const findings: Finding[] = []
  for (const [name, { targets }] of rows)
    targets.forEach((target, index) => {
      for (const workload of workloadsOf(target)) {
        const owner = owners.get(workload)
        if (owner === undefined) owners.set(workload, name)
        else
          findings.push({
            path: ['services', name, 'targets', index],
            text: `${workload} belongs to ${owner} already`,
          })
      }
    })
  return findings
}

/** Services are rolled back in dependency order: there must be one. */
export function circles(catalogue: Catalogue): readonly Finding[] {
  const done = new Set<string>()
  const findings: Finding[] = []
  const visit = (name: string, trail: readonly string[]) => {
    const begin = trail.indexOf(name)
    if (begin >= 0) {
      const circle = [...trail.slice(begin), name].join(' → ')
      findings.push({
        path: ['services', name, 'dependsOn'],
        text: `the services depend on each other in a circle: ${circle}`,
      })
    }
    if (begin >= 0 || done.has(name)) return
    for (const next of catalogue.get(name)?.dependsOn ?? []) visit(next, [...trail, name])
    done.add(name)
  }
  for (const name of catalogue.keys()) visit(name, [])
  return findings
}
