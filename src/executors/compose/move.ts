import { shortImage } from './images.ts'
import type { ComposeChange } from './schema.ts'
import type { Seen } from './seen.ts'

/** What there is to do for a change, by the containers at the moment. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'superseded'; readonly why: string }
  | { readonly kind: 'up'; readonly scale: number }

/**
 * Compose knows no token by which a change could be told from another. A change is made when every container has the image;
 * one that our record has seen running since was made and then overtaken by somebody's deploy, which stays.
 */
export function moveFor(
  { target: { service }, from, to, undoes }: ComposeChange,
  seen: Seen | undefined,
  ranSince: boolean,
): Move {
  if (!seen) return superseded(`${service} is gone`)
  const { asked, isMixed, containers } = seen
  const others = containers.filter(({ Image }) => Image !== from && Image !== to)
  if (asked === to && !isMixed) return { kind: 'nothing' }
  // Broken off half way, or by us under another process: what is left is finished.
  if (others.length === 0) return { kind: 'up', scale: scaleOf(seen) }
  if (!undoes && ranSince) return { kind: 'nothing' }
  return superseded(`${shortImage(asked)} was deployed to ${service} meanwhile`)
}

/** While Compose replaces containers an old one and its replacement may both be there, under one number. */
const scaleOf = ({ containers }: Seen): number =>
  new Set(
    containers.map(({ Config, Id }) => Config.Labels['com.docker.compose.container-number'] ?? Id),
  ).size

const superseded = (why: string): Move => ({ kind: 'superseded', why })
