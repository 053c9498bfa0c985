import type { Checked } from '#executors/define-executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { labelsOf } from '../canary/plain-template.ts'
import { KubernetesService, type Workload } from '../objects.ts'
import { namespaced } from '../paths.ts'
import type { KubernetesTarget } from '../schema.ts'
import { selects } from '../verify.ts'
import { readWorkload } from '../workload.ts'

type Own = Checked<KubernetesTarget>
type Selector = Readonly<Record<string, string>>

/** One of the two Deployments. */
export interface Colour {
  readonly spec: KubernetesTarget
  readonly workload: Workload
  /** By which the Service would select it. */
  readonly selector: Selector
}

/** Which of two Deployments a Service sends all requests to, and which one waits beside it. */
export interface Colours {
  readonly service: KubernetesService
  readonly active: Colour
  readonly idle: Colour
}

/** Thrown where nobody can tell which of the two serves; the message is for people. */
export class NoColour extends Error {
  override readonly name = 'NoColour'
}

export const servicePath = (target: KubernetesTarget, name: string): string =>
  namespaced('v1', target, 'services', name)

/** Throws `NoColour` where the Service, or one of the Deployments, is not there, or it selects both or neither. */
export async function coloursOf(
  parts: KubernetesParts,
  spec: KubernetesTarget,
  signal: AbortSignal,
): Promise<Colours> {
  const { blueGreen } = spec
  if (!blueGreen) throw new Error(`${spec.name} has no second colour`)
  const api = apiOf(parts, spec)
  const specs = [spec, { ...spec, name: blueGreen.deployment }]
  const [service, ...workloads] = await Promise.all([
    api.get(servicePath(spec, blueGreen.service), KubernetesService, signal),
    ...specs.map((one) => readWorkload(api, one, signal)),
  ])
  if (!service) throw new NoColour(`there is no Service ${blueGreen.service} in ${spec.namespace}`)
  const sides = specs.map((own, at): Colour => {
    const workload = workloads[at]
    if (!workload) throw new NoColour(`there is no deployment ${own.name} in ${spec.namespace}`)
    return { spec: own, workload, selector: selectorFor(service, own, workload) }
  })
  const selected = sides.filter(({ workload }) =>
    selects(service.spec.selector ?? {}, labelsOf(workload)),
  )
  const [active] = selected
  const idle = sides.find((one) => one !== active)
  if (!active || !idle || selected.length !== 1)
    throw new NoColour(
      `Service ${blueGreen.service} selects ${selected.length === 0 ? 'neither' : 'both'} of ${spec.name} and ${blueGreen.deployment}`,
    )
  return { service, active, idle }
}

/** The same keys with this Deployment's own values. */
function selectorFor(
  { metadata, spec }: KubernetesService,
  { name }: KubernetesTarget,
  workload: Workload,
): Selector {
  const labels = labelsOf(workload)
  return Object.fromEntries(
    Object.keys(spec.selector ?? {}).map((key) => {
      const value = labels[key]
      if (typeof value !== 'string')
        throw new NoColour(
          `the pods of ${name} have no label ${key}, by which Service ${metadata.name} selects`,
        )
      return [key, value]
    }),
  )
}

/** As `coloursOf`, or a sentence about what is missing: that the target is gone where it is, else why nobody can tell which of the two serves. */
export async function coloursOrWhyNot(
  parts: KubernetesParts,
  { spec, title }: Own,
  signal: AbortSignal,
): Promise<Colours | string> {
  try {
    return await coloursOf(parts, spec, signal)
  } catch (error) {
    if (!(error instanceof NoColour)) throw error
    return (await readWorkload(apiOf(parts, spec), spec, signal))
      ? error.message
      : `${title} is gone`
  }
}

/** The target, with one of its Deployments as its own. */
export const asColour = (target: Own, { spec: { name } }: Pick<Colour, 'spec'>): Own => ({
  ...target,
  spec: { ...target.spec, name },
})

/** The target as it serves now: its rollback, its pods and its versions are those of the active colour. */
export async function servingTarget(
  parts: KubernetesParts,
  target: Own,
  signal: AbortSignal,
): Promise<Own> {
  if (!target.spec.blueGreen) return target
  const { active } = await coloursOf(parts, target.spec, signal)
  return asColour(target, active)
}
