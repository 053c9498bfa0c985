import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { revisionName, imagesOf } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readWorkload } from '../workload.ts'
import { shareOf, Undivided, weightsOf, weightsText } from './division.ts'
import { readDivision } from './read.ts'

/** Whether the route that divides the requests sends any to another version than `to`. None where nothing divides them. */
export async function besideChecks(
  parts: KubernetesParts,
  target: KubernetesTarget,
  to: RevisionId,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { traffic, canary } = target
  if (!traffic || !canary) return []
  const api = apiOf(parts, target)
  const check = (result: Check['result'], text: string): Check => ({ id: 'serving', result, text })
  const [stable, beside, division] = await Promise.all([
    readWorkload(api, target, signal),
    readWorkload(api, { ...target, name: canary.deployment }, signal),
    readDivision(api, target, traffic, signal).catch((error: unknown) => {
      if (error instanceof Undivided) return error
      throw error
    }),
  ])
  if (!stable || !beside) return []
  if (division instanceof Undivided)
    return [check('unknown', `where the requests go cannot be told: ${division.message}`)]
  const text = `${division.title}: ${weightsText(weightsOf(division))}`
  if (division.pending !== undefined) return [check('unknown', `${text}; ${division.pending}`)]
  if (shareOf(division, 'canary') === 0) return [check('passed', text)]
  if (promotedRevision(stable, beside) === to)
    return [check('passed', `${text}; both run the same version`)]
  const { template } = beside.spec
  const version = revisionName(template, imagesOf(template))
  return [check('failed', `${text}; ${canary.deployment} runs ${version}`)]
}
