import type { Finding, Verdict } from './finding.ts'
import type { JudgePolicy } from './judge-policy.ts'

/** One row of a weighted policy; `null` where its signal could not be read. */
export interface Weighted {
  readonly name: string
  readonly weight: number
  readonly fired: boolean | null
}

/** Adds the weights that fired. What could not be read counts against a good answer, never for a bad one. Throws a RangeError for a weight that is none. */
export function judgeScore(rows: readonly Weighted[], { score }: JudgePolicy): Finding {
  for (const { name, weight } of rows)
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`${name} has no weight: ${weight}`)

  const sum = (of: readonly Weighted[]) => of.reduce((total, { weight }) => total + weight, 0)
  const fired = rows.filter((row) => row.fired === true)
  const unknown = rows.filter((row) => row.fired !== true && row.fired !== false)
  const least = sum(fired)
  const most = least + sum(unknown)
  const verdict: Verdict =
    least >= score.rollBackAt
      ? 'auto_rollback'
      : least >= score.pauseAt
        ? 'pause_and_ask'
        : rows.length === 0 || most >= score.pauseAt
          ? 'inconclusive'
          : 'continue'
  const names = (of: readonly Weighted[]) => of.map(({ name }) => name).join(', ') || 'none'
  return {
    rule: 'score',
    verdict,
    delaySeconds: 0,
    measured: least,
    threshold: verdict === 'auto_rollback' ? score.rollBackAt : score.pauseAt,
    samples: rows.length - unknown.length,
    because: `The signals that fired weigh ${least} (${names(fired)}); not read: ${names(unknown)}`,
    wouldChange: `${score.pauseAt} pauses, ${score.rollBackAt} rolls back`,
  }
}
