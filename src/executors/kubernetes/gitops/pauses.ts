import { count } from '#domain/communication/words.ts'
import type { Blocker, Step, SyncPause, Warning } from '#domain/rollback/plan.ts'
import { type Place, pauseSyncStep } from '../steps.ts'
import {
  type GitOpsOwner,
  isPausing,
  ownerBlockers,
  type PausingOwner,
  pauseWarnings,
} from './owner.ts'

/** A workload that a plan changes, and everybody who brings it what Git has. */
export interface Owned {
  readonly place: Place
  readonly owners: readonly GitOpsOwner[]
}

/** What a plan begins with, so that nobody takes back what it does to these workloads. */
export interface Pauses {
  readonly steps: readonly Step[]
  readonly pauses: readonly SyncPause[]
  readonly warnings: readonly Warning[]
  /** Who syncs by himself and cannot be paused. */
  readonly blockers: readonly Blocker[]
}

/** Each sync is paused once, however many of the workloads it brings; where a workload is paused by itself, each of them is. */
export function pausesOf(workloads: readonly Owned[]): Pauses {
  const paused = [...broughtBy(workloads).values()].map(
    ({ owner, places: [place, ...beside] }) => ({
      owner,
      step: pauseSyncStep(place, owner, beside),
    }),
  )
  return {
    steps: paused.map(({ step }) => step),
    pauses: paused.map(({ owner: { tool, name } }) => ({ tool, name })),
    warnings: once(paused.flatMap(({ owner }) => pauseWarnings(owner))),
    blockers: once(workloads.flatMap(({ owners }) => owners.flatMap(ownerBlockers))),
  }
}

interface Brought {
  readonly owner: PausingOwner
  /** In the order of the plan. */
  readonly places: [Place, ...Place[]]
}

function broughtBy(workloads: readonly Owned[]): ReadonlyMap<string, Brought> {
  const all = new Map<string, Brought>()
  for (const { place, owners } of workloads)
    for (const owner of owners.filter(isPausing)) {
      const { kind } = owner.syncs.pause
      const key = kind === 'set_reconcile' ? `${owner.name} ${place.target.name}` : owner.name
      const known = all.get(key)
      if (known) known.places.push(place)
      else all.set(key, { owner, places: [place] })
    }
  return all
}

/** Who gives a workload the number of pods that Git has, without being asked and without being paused for it. */
export const scaledByGit = (workload: string, owners: readonly GitOpsOwner[]): readonly Warning[] =>
  owners
    .filter(isPausing)
    .map(({ tool, name }) => ({ kind: 'gitops_owner', tool, name, scales: workload }))

/** Why a workload that is to serve is not given more pods than Git has of it, where nothing is paused for that. */
export const takenAwayByGit = (
  workload: string,
  owners: readonly GitOpsOwner[],
  pods: number,
): readonly Blocker[] =>
  owners.filter(isPausing).map(({ tool, name }) => ({
    kind: 'unsupported',
    why: `${tool} (${name}) brings ${workload} what Git has, and might take its pods away while it serves; give it ${count(pods, 'pod')} in Git first`,
  }))

/** The same word once, whomever it was said of. */
export function once<Said extends Warning | Blocker>(all: readonly Said[]): readonly Said[] {
  const said = all.map((one) => JSON.stringify(one))
  return all.filter((_, at) => said.indexOf(said[at] ?? '') === at)
}
