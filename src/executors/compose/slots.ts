import { setTimeout as sleep } from 'node:timers/promises'
import { revisionId, type RevisionId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import { DockerRefusal, NoAnswer } from '#executors/docker/failure.ts'
import type { Container } from '#executors/docker/objects.ts'
import { type Shortcoming, Superseded } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { examine } from './examine.ts'
import { driftOf } from './files.ts'
import { goneText } from './history.ts'
import type { ComposeTarget, SlotService } from './schema.ts'
import { conditionOf, nameIn, readyOf, type Seen, see } from './seen.ts'
import { up } from './up.ts'

const attempts = 6
const usualRetryMs = 200

/** What stands in a slot that Compose runs. */
export interface InSlot {
  readonly image: RevisionId
  /** As it was asked for. */
  readonly reference: string
  readonly count: number
  /** So many of them run, well or not. */
  readonly running: number
}

export type SlotServices = ReturnType<typeof slotServices>

/** Starts what stands in a slot, for whoever sends requests there; stops nothing. Every change may be made twice. */
export const slotServices = (parts: ComposeParts) => ({
  /** `undefined` where the service has no container at all. */
  async look(target: ComposeTarget, signal: AbortSignal): Promise<InSlot | undefined> {
    const seen = await see(hostOf(parts, target), target, signal)
    if (!seen) return undefined
    const newest = seen.containers.find(({ Image }) => Image === seen.asked)
    return {
      image: seen.asked,
      reference: newest?.Config.Image ?? seen.asked,
      count: seen.containers.length,
      running: seen.containers.filter(({ State }) => State.Running).length,
    }
  },

  /** What is in the way of starting it, and what whoever may do so may do besides; changes nothing. */
  examine: (target: ComposeTarget, signal: AbortSignal): Promise<readonly Shortcoming[]> =>
    examine(parts, target, signal),

  /** Why it cannot be started at that image, in a clause; `undefined` where it can. */
  async whyNotStartable(
    { target, image, reference }: Omit<SlotService, 'scale' | 'over'>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const host = hostOf(parts, target)
    if (!(await host.engine.image(image, signal))) return goneText(reference, image)
    const seen = await see(host, target, signal)
    return seen ? (await driftOf(parts, target, seen, signal)).refusal : undefined
  },

  /** Replaces nothing but what was looked at. Throws `Superseded` where something else was deployed since. */
  async start(service: SlotService, operation: string, signal: AbortSignal): Promise<void> {
    const { target, image, reference, name, scale } = service
    const host = hostOf(parts, target)
    for (let attempt = 1; ; attempt += 1) {
      const seen = await see(host, target, signal)
      if (seen && isOn(seen, service)) return
      if (seen && isOtherThere(seen, service))
        throw new Superseded(`${target.service} was deployed meanwhile, with another image`)
      if (!(await host.engine.image(image, signal)))
        throw new Superseded(`the image of ${name} is no longer on the host`)
      const { refusal } = seen ? await driftOf(parts, target, seen, signal) : {}
      if (refusal !== undefined) throw new Superseded(refusal)
      try {
        return await up(
          parts,
          { target, to: image, reference, undoes: false },
          { scale, fill: false },
          operation,
          signal,
        )
      } catch (error) {
        // What Docker refuses now it may take in a moment: nobody is served there, so nothing is lost by another look.
        const mayPass = error instanceof NoAnswer || error instanceof DockerRefusal
        if (!mayPass || attempt >= attempts) throw error
        await sleep((parts.retryMs ?? usualRetryMs) * attempt, undefined, { signal })
      }
    }
  },

  /** How many containers are well, and why they will not be, where that is certain. */
  async ready(
    { target, image, scale }: SlotService,
    signal: AbortSignal,
  ): Promise<{
    readonly ready: number
    readonly wanted: number
    readonly broken: string | undefined
  }> {
    const seen = await see(hostOf(parts, target), target, signal)
    if (!seen) return { ready: 0, wanted: scale, broken: `${target.service} is gone` }
    return {
      ready: readyOf(seen, image),
      // One that is not there yet is waited for, and one that somebody added has to be well.
      wanted: Math.max(scale, seen.containers.length),
      broken: seen.containers.map((one) => whyOver(one, seen.now)).find((why) => why !== undefined),
    }
  },
})

function whyOver(container: Container, now: Instant): string | undefined {
  const condition = conditionOf(container, now)
  if (condition.kind === 'stopped') return `${nameIn(container)} has stopped`
  return condition.kind === 'broken' ? condition.why : undefined
}

const isOn = ({ containers }: Seen, { image, scale }: SlotService): boolean =>
  containers.length >= scale &&
  containers.every(({ Image, State }) => revisionId(Image) === image && State.Running)

const isOtherThere = ({ containers }: Seen, { image, over }: SlotService): boolean =>
  containers.some(({ Image }) => revisionId(Image) !== image && revisionId(Image) !== over)
