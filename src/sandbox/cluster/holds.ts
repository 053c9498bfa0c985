import type { Write } from './admission.ts'
import { asFields, asText } from './fields.ts'
import type { Fields, KubeObject } from './objects.ts'
import { isSame, templateOf } from './templates.ts'

/** Whether what is about to be written deploys the version that `hold` names. */
export function isHeldBy(
  hold: KubeObject,
  { before, after }: Pick<Write, 'before' | 'after'>,
  workload: string,
): boolean {
  const notes = hold.metadata.annotations ?? {}
  if (!after || notes['countermand.dev/workload'] !== workload) return false
  const template = templateOf(after)
  if (before && isSame(templateOf(before), template)) return false
  const images = notes['countermand.dev/images']
  return images === undefined
    ? isSame(asFields(asFields(hold)['template']), template)
    : images.split('\n').every((line) => line !== '' && hasImage(template, line.split(' ')))
}

/** A dry run that asks for this very hold. */
export function isHoldCheck(
  { metadata: { name } }: KubeObject,
  { before, after, isDryRun }: Pick<Write, 'before' | 'after' | 'isDryRun'>,
): boolean {
  if (!isDryRun || !before || !after) return false
  const mark = markOf(after)
  return mark.startsWith(`${name} `) && mark !== markOf(before)
}

const markOf = (workload: Fields): string =>
  asText(asFields(asFields(workload['metadata'])['annotations'])['countermand.dev/hold-check'])

function hasImage(template: Fields, names: readonly string[]): boolean {
  const containers = asFields(template['spec'])['containers']
  const images = (Array.isArray(containers) ? containers : []).map((one) =>
    asText(asFields(one)['image']),
  )
  return images.some((image) =>
    names.some((name) =>
      name.startsWith('@') ? image.endsWith(name) : image === name || image.startsWith(`${name}@`),
    ),
  )
}
