import { defaults, type LimitName, limitOf } from '#domain/assessment/limits.ts'
import type { Policy } from '#domain/policy.ts'
import type { Service } from '#domain/service.ts'

/** Whose number it is: the nearest that sets it. One that says again what holds anyway sets it as well. */
export function limitSource(name: LimitName, service: Service, policy: Policy): string {
  if (policy.own?.[service.id]?.limits?.[name] !== undefined) return 'the service'
  const organisation = limitOf({ ...policy.assessment, bands: policy.bands }, name)
  return organisation === limitOf(defaults, name) ? 'default' : 'organisation'
}
