import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { digestIn } from '#executors/image-reference.ts'
import type { Goal } from '#ports/executor.ts'
import type { EcsTask } from './objects.ts'
import { revisionOf } from './revision.ts'

/** Every container of every task runs the same image: the one that is pinned, or else the one that served before. */
export function servingCheck(
  asked: string,
  to: RevisionId,
  served: Goal['images'],
  own: readonly EcsTask[],
): Check {
  const check = (result: Check['result'], text: string): Check => ({ id: 'serving', result, text })
  if (revisionOf(asked) !== to) return check('failed', 'another version is asked for by now')
  const [first] = own
  if (!first) return check('unknown', 'no running task shows what it serves')
  const texts: string[] = []
  for (const { name, image } of first.containers) {
    const digests = own.map(
      ({ containers }) => containers.find((one) => one.name === name)?.imageDigest,
    )
    const [digest] = digests
    if (!digest || digests.includes(undefined))
      return check('unknown', `${name}: a task does not say which image it runs`)
    const before =
      digestIn(image) ??
      served.find((one) => one.container === name && one.reference === image)?.digest
    const moved = before && digests.find((one) => one !== before)
    if (moved)
      return check(
        'failed',
        `${name}: ${image} names another image by now: ${short(moved)} runs, ${short(before)} served before`,
      )
    if (new Set(digests).size > 1)
      return check('failed', `${name}: ${new Set(digests).size} different images run as ${image}`)
    texts.push(`${image.split('@')[0] ?? image} is ${short(digest)} in ${digests.length} tasks`)
  }
  return check('passed', texts.join(' · '))
}

const short = (digest: string): string => `${digest.slice(0, 'sha256:'.length + 4)}…`
