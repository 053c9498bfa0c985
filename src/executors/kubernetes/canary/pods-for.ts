/**
 * As near to a share (percent) as whole pods come. A canary and a stable version have at least one each; the nearer of rounding
 * up and down, and with one pod more in all where the controller may surge (argo-rollouts utils/replicaset/canary.go).
 */
export function nearestPods(
  wanted: number,
  share: number,
  maySurge: boolean,
): { readonly canary: number; readonly all: number } {
  const exact = (wanted * share) / 100
  const counts = [Math.ceil(exact), Math.floor(exact)]
  const options = [wanted, ...(maySurge ? [wanted + 1] : [])]
    .flatMap((all) => counts.map((canary) => ({ canary, all })))
    .filter(({ canary, all }) => canary > 0 && canary < all)
  const off = ({ canary, all }: { readonly canary: number; readonly all: number }): number =>
    Math.abs((100 * canary) / all - share)
  const [first, ...rest] = options
  // A single pod that may have no second one beside it is of the one version or the other.
  if (!first) return { canary: share < 50 ? 0 : wanted, all: wanted }
  return rest.reduce((best, option) => (off(option) < off(best) ? option : best), first)
}
