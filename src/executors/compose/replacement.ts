import type { Step } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Route } from '#ports/executor.ts'
import type { ComposeChange, ComposeTarget, Part } from './schema.ts'
import { ownVolumesOf, scaleOf, type Seen, servingOf } from './seen.ts'

/** Every step waits for a start: of more containers several are replaced at a time. */
const mostSteps = 10

/**
 * The steps from one image to another. Several containers, of which some serve, are replaced one after the other, so that no more than
 * one is away; all together they are where that would lose something, or has nothing to spare.
 */
export function replacement(
  target: Checked<ComposeTarget>,
  running: Revision,
  goal: Revision,
  seen: Seen,
): Pick<Route, 'steps' | 'collapse' | 'collapseHow' | 'how'> {
  const scale = scaleOf(seen)
  const isServing = servingOf(seen, seen.asked) > 0
  const why = whyTogether(seen)
  if (scale < 2 || !isServing || why !== undefined)
    return {
      steps: [step(target, running, goal, { isServing })],
      collapse: [],
      collapseHow: null,
      how: `${scale} ${scale === 1 ? 'container' : 'containers'}, stopped before the new ${scale === 1 ? 'one starts' : 'ones start'}${why === undefined ? '' : `, together because ${why}`}`,
    }
  const atOnce = Math.ceil(scale / mostSteps)
  const has = seen.containers.filter(({ Image }) => Image === goal.id).length
  const stepOf = (before: number, count: number, most: number): Step =>
    step(target, running, goal, { isServing, part: { before, count, scale, atOnce: most } })
  const steps: Step[] = []
  for (let before = has; before < scale; before += atOnce)
    steps.push(stepOf(before, Math.min(scale, before + atOnce), atOnce))
  return {
    steps,
    collapse: [stepOf(has, scale, scale)],
    collapseHow: `The containers that are left are stopped and replaced together: until the new ones are healthy only those serve that have ${goal.name} by then, if any.`,
    how: `${scale} containers, ${atOnce === 1 ? 'one' : atOnce} at a time: ${atOnce === 1 ? 'it is' : 'they are'} stopped and taken away, and the next only when the new ${atOnce === 1 ? 'one is' : 'ones are'} well`,
  }
}

/** Why they cannot be replaced one by one, in a clause. */
function whyTogether({ containers }: Seen): string | undefined {
  const [volume] = containers.flatMap(ownVolumesOf)
  return volume === undefined
    ? undefined
    : `what is in ${volume}, a volume without a name, is carried over only so`
}

interface Of {
  readonly isServing: boolean
  /** `before`: so many have the wanted image already. */
  readonly part?: Part & { readonly before: number }
}

/** What still serves is brought back when the other one does not get well; what serves nobody is not worth it. */
function step(
  { spec, workload }: Checked<ComposeTarget>,
  running: Revision,
  goal: Revision,
  { isServing, part }: Of,
): Step {
  const put = (undoes: boolean): ComposeChange => ({
    kind: 'put_image',
    target: spec,
    workload,
    from: undoes ? goal.id : running.id,
    to: undoes ? running.id : goal.id,
    name: undoes ? running.name : goal.name,
    reference: (undoes ? running : goal).images[0]?.reference ?? '',
    undoes,
    ...(part ? { part: asked(part, undoes) } : {}),
  })
  return {
    name: `${goal.name} started by Compose${part ? `, ${part.count} of ${part.scale}` : ''}`,
    change: put(false),
    undo: put(true),
    settles: 'containers',
    onFailure: isServing ? 'undo' : 'ask',
  }
}

const asked = (
  { before, count, scale, atOnce }: Part & { readonly before: number },
  undoes: boolean,
): Part => ({ count: undoes ? scale - before : count, scale, atOnce })
