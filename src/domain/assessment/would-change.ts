import type { Advice } from './advice.ts'
import type { Finding } from './finding.ts'
import type { Origin } from './origin.ts'

/** What a person would have to see to think otherwise: of the rule that decided, of calm ones that are watched, of what is not known. */
export function whatWouldChange(
  advice: Advice,
  findings: readonly Finding[],
  origin: Origin,
): readonly string[] {
  const of = (state: Finding['state']) => findings.filter((finding) => finding.state === state)
  const deciding = of('fired').slice(0, 1)
  const isBlamed = deciding.length > 0 && (origin.kind === 'deploy' || origin.kind === 'canary')
  const watched =
    advice === 'watch' ? of('quiet').filter(({ threshold }) => threshold !== null) : []
  const texts = [
    ...deciding.map(({ wouldChange }) => wouldChange),
    ...(isBlamed ? ['The same trouble in the version before, or in what it depends on'] : []),
    ...watched.slice(0, 2).map(({ wouldChange }) => wouldChange),
    ...of('unknown').map(({ wouldChange }) => wouldChange),
  ]
  return [...new Set(texts)]
}
