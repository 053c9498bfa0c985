import type { Told } from '#domain/assessment/instance.ts'

/** What was asked, with its answer or why there is none. Never throws. */
export async function told<What>(
  asked: string,
  signal: AbortSignal,
  ask: () => Promise<What>,
): Promise<Told<What>> {
  try {
    return { kind: 'told', asked, what: await ask() }
  } catch (error) {
    // Whoever breaks it off says after how long.
    const why: unknown = signal.aborted ? signal.reason : error
    return { kind: 'unavailable', asked, why: why instanceof Error ? why.message : String(why) }
  }
}
