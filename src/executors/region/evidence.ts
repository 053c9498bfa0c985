import type { Checked } from '#executors/define-executor.ts'
import type { Evidence } from '#ports/executor.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { RegionTarget } from './schema.ts'

/** How the regions and their database were found. Never throws: what cannot be had is said in its place. */
export async function evidence(
  parts: RegionParts,
  { spec, title }: Checked<RegionTarget>,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const text = await providerOf(parts, spec)
    .see(spec.at, signal)
    .then(
      (seen) => JSON.stringify(seen ?? null, undefined, 2),
      (error: unknown) =>
        `not to be had: ${error instanceof Error ? error.message : String(error)}`,
    )
  return [{ name: parts.scrub(title), kind: 'status', text: parts.scrub(text) }]
}
