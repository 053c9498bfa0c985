import type { LeftBehind } from '#domain/leftover.ts'

/** What people have to do about what a switch left, in a sentence or two; `undefined` where that is nothing. */
export function leftoverCall({ name, why, needs }: LeftBehind): string | undefined {
  if (needs === undefined) return undefined
  const because = why ?? 'nobody knows why'
  return needs === 'halfway'
    ? `Taking ${name} away ended halfway, and production may have nothing to answer with: ${because}. Mend that by hand now; nothing more is tried.`
    : `Whether ${name} was scaled to 0 is not known: ${because}. Look at its pods and scale it as you want it; nothing more is tried.`
}
