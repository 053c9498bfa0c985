export interface Pods {
  readonly stable: number
  readonly canary: number
}

/**
 * How many pods a share (percent) takes where each pod gets its turn. The stable version keeps what it has up to one half,
 * so that nothing is short when the canary goes away again; past that the canary has as many as carry all, and the stable version
 * makes room. Each has one at least.
 */
export function podsFor(all: number, share: number): Pods {
  const other = (part: number, rest: number): number =>
    Math.min(all, Math.max(1, Math.round((all * part) / rest)))
  return share <= 50
    ? { stable: all, canary: other(share, 100 - share) }
    : { stable: other(100 - share, share), canary: all }
}

/** As many as carry all of the traffic: what the stable version had before it made room. */
export const carryingAll = ({ stable, canary }: Pods): number => Math.max(stable, canary)

/** In percent, whole ones. */
export const shareOfPods = ({ stable, canary }: Pods): number =>
  stable + canary === 0 ? 0 : Math.round((100 * canary) / (stable + canary))
