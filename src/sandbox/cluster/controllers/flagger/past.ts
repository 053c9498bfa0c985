import type { Canary } from '../../flagger-objects.ts'
import type { Context } from '../context.ts'
import { enter, sync } from './canary.ts'
import { makePrimary, promote, scale, targetOf } from './primary.ts'
import { makeServices, route } from './traffic.ts'

/** What Flagger made of a Canary long ago: the copy serves what the target asks for, and the target has no pods. */
export function tookOver(context: Context, canary: Canary): void {
  const target = targetOf(context, canary)
  if (!target) throw new Error(`there is nothing for the Canary ${canary.metadata.name}`)
  makePrimary(context, canary, target)
  makeServices(context, canary, target)
  scale(context, target, 0)
  route(context, canary, 0)
  sync(context, canary, 'Initialized')
}

/** What the target asks for now was tried and promoted long ago. */
export function promoted(context: Context, canary: Canary): void {
  promote(context, canary)
  enter(context, sync(context, canary, 'Progressing'), 'Succeeded')
}
