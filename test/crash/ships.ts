import type { Cluster } from '#sandbox/cluster/index.ts'
import { applicationOf, colouredEntranceOf, colourOf, flaggerCanaryOf } from './beside.ts'
import { entranceOf, manifestOf, type Workload } from './workload.ts'

const day = 24 * 60 * 60 * 1_000

interface Around {
  readonly cluster: Cluster
  readonly now: () => Date
  /** Where Flagger asks. */
  readonly door: string
}

/** It has run for long, and `bad` has come out two minutes ago. */
export function shipped({ cluster, now, door }: Around, workload: Workload, bad?: string): void {
  const { name } = workload
  const version = (tag: string, agoMs: number) => ({
    image: `shop/${name}:${tag}`,
    at: new Date(now().getTime() - agoMs),
  })
  if (workload.byFlagger) {
    // By its copy; and Flagger has the next version in hand.
    const canary = flaggerCanaryOf(workload, door)
    cluster.createWithPast(manifestOf(workload), [version('1.0', 20 * day)], canary)
    cluster.setImage('Deployment', 'production', name, `shop/${name}:1.1`, { by: 'pipeline' })
    return
  }
  if (workload.hasColours) {
    // Blue serves; green had its turn before that, and waits for the next.
    cluster.createWithPast(colourOf(workload, 'blue'), [version('1.0', 20 * day)])
    cluster.createWithPast(colourOf(workload, 'green'), [version('0.9', 40 * day)])
    cluster.create(colouredEntranceOf(workload))
    return
  }
  cluster.createWithPast(manifestOf(workload), [
    version('1.0', 20 * day),
    ...(bad === undefined ? [] : [version(bad, 120_000)]),
  ])
  for (const one of [entranceOf(workload), ...applicationOf(workload)]) cluster.create(one)
}
