import type { Behaviour } from '#sandbox/cluster/behaviour.ts'

const bySuffix: Readonly<Record<string, Behaviour>> = {
  missing: { start: { kind: 'image-missing' } },
  crash: { start: { kind: 'crash-loop' }, lastWords: ['fatal: exiting'] },
  unready: { start: { kind: 'never-ready' } },
  slow: { start: { kind: 'ready', afterMs: 5_000 } },
}

/** `shop/web:2.4.0-crash` crashes: the end of a tag says how its pods behave; nothing said is healthy. */
export function behaviourByTag(image: string): Behaviour | undefined {
  const suffix = /:[^:/]*-([a-z]+)$/.exec(image)?.[1]
  return suffix === undefined ? undefined : bySuffix[suffix]
}
