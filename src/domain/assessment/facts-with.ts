import type { Facts, Measured } from './assess.ts'
import { isImpact, type Statement } from './statement.ts'

/** What was measured together with what people added; the later word on the same thing counts. */
export function factsWith(measured: Measured, statements: readonly Statement[]): Facts {
  const fix = statements.findLast((said) => said.what === 'fix')
  const says = (what: Statement['what']) => statements.some((said) => said.what === what)
  const { circumstances, isolatedToCanary } = measured
  return {
    ...measured,
    circumstances: {
      ...circumstances,
      ...(says('baseline-suffers') ? { baselineSuffers: true } : {}),
      ...(says('canary-only') ? { onlyCanary: 'only the canary suffers, as was said' } : {}),
    },
    isolatedToCanary: isolatedToCanary || says('canary-only'),
    statements: statements.filter(isImpact),
    fix: fix ? { isSimple: fix.isSimple, takes: fix.takes } : null,
  }
}
