import { percent } from '#domain/communication/words.ts'
import { reached } from '#domain/incident/bands.ts'
import type { Finding } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import { type Impact, stated } from './statement.ts'

/** What people added counts as it stands: nobody but they can know it (policy §1). */
export const statedFindings = (
  statements: readonly Impact[],
  policy: AssessmentPolicy,
): readonly Finding[] => statements.map((statement) => finding(statement, policy))

function finding(statement: Impact, policy: AssessmentPolicy): Finding {
  const { severity, because, threshold, measured } =
    statement.what === 'revenue'
      ? revenue(statement.share, policy)
      : {
          severity: stated[statement.what].severity,
          because: stated[statement.what].text,
          threshold: null,
          measured: null,
        }
  const { security, critical, usual } = policy.decideWithin
  return {
    rule: `stated-${statement.what}`,
    state: 'fired',
    severity,
    signal: 'statement',
    measured,
    normal: null,
    threshold,
    samples: null,
    source: statement.by,
    query: '',
    window: null,
    because,
    wouldChange: 'The person who said so takes it back',
    decideWithin:
      statement.what === 'security-breach' ? security : severity === 'critical' ? critical : usual,
  }
}

/** Upper bounds belong to the lower band: a loss of exactly 10 % is high. */
function revenue(share: number, { revenue: bands }: AssessmentPolicy) {
  const limit = reached(share, bands)
  return {
    severity: limit?.severity ?? ('low' as const),
    because: `${percent(share)} of revenue is lost`,
    threshold: limit?.above ?? null,
    measured: share,
  }
}
