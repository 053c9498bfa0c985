import { type Case, costOf } from './plan.ts'

/** A process looks at every service as it starts: a crew knows no more of them than it can bear. */
const mostInARow = 16
/** Side by side: each has three processes and a world of its own, and most of a case is waiting. */
export const crews = Number(process.env['CRASH_CREWS'] ?? 4)

/** One after the other in as many lanes as there are crews. */
export async function sideBySide<Share, Done>(
  all: readonly Share[],
  act: (share: Share, index: number) => Promise<readonly Done[]>,
): Promise<readonly Done[]> {
  const upcoming = all.entries()
  const lane = async () => {
    const done: Done[] = []
    for (const [index, share] of upcoming) done.push(...(await act(share, index)))
    return done
  }
  return (await Promise.all(Array.from({ length: crews }, lane))).flat()
}

/** Shares of about the same length. */
export function shares(cases: readonly Case[]): readonly (readonly Case[])[] {
  const count = Math.ceil(cases.length / mostInARow)
  const byCost = cases.toSorted((a, b) => costOf(b) - costOf(a))
  return Array.from({ length: count }, (_, at) => byCost.filter((_case, i) => i % count === at))
}
