import { type Behaviour, healthy } from './behaviour.ts'

export type BehaviourOf = (image: string, at?: number) => Behaviour

/** How the pods of an image behave, and how they did at an earlier instant (ms): what is said now changes no past. */
export function changingBehaviour(
  atFirst: (image: string) => Behaviour = () => healthy,
  now: () => Date,
) {
  const changes = new Map<string, { readonly at: number; readonly behaviour: Behaviour }[]>()
  const behaviourOf: BehaviourOf = (image, at = Number.POSITIVE_INFINITY) =>
    changes.get(image)?.findLast((change) => change.at <= at)?.behaviour ?? atFirst(image)
  return {
    behaviourOf,
    change(image: string, behaviour: Behaviour): void {
      const earlier = changes.get(image) ?? []
      changes.set(image, [...earlier, { at: now().getTime(), behaviour }])
    },
  }
}
