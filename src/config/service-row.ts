import { z } from 'zod'
import { wayKinds } from '#domain/rollback/ways.ts'
import { AutomationSection } from './automation.ts'
import { CanarySection } from './canary.ts'
import { ChangeWindowsSection } from './change-windows.ts'
import { SchemaSection } from './database-target.ts'
import { LinkedFlagRow } from './flags.ts'
import { OwnPolicySection } from './own-policy.ts'
import { PromotionSection } from './promotion.ts'
import { Roles } from './roles-section.ts'
import { SignalsSection } from './signals.ts'
import { TargetRow } from './targets.ts'
import { text } from './text.ts'
import { Url } from './url.ts'

/** ASCII only, so that no look-alike letter can pass for another service (threat T063). */
export const ServiceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be small letters, digits and dashes, at most 63, such as checkout-api',
  )

export const ServiceRow = z.strictObject({
  owner: text(80),
  tier: z.enum(['standard', 'critical']).default('standard'),
  environment: text(80).optional(),
  channel: z
    .string()
    .regex(/^#[a-z0-9][a-z0-9_-]{0,79}$/, 'must be a channel such as "#checkout"')
    .optional(),
  runbook: Url.optional(),
  dashboards: z
    .array(z.strictObject({ title: text(80), url: Url }))
    .max(10)
    .default([]),
  statusComponent: text(80).optional(),
  dependsOn: z.array(ServiceName).default([]),
  targets: z.array(TargetRow).min(1, 'must name where the service runs'),
  flags: z.array(LinkedFlagRow).max(10).default([]),
  health: z.array(Url).max(10).default([]),
  /** Reads and writes as a test user; asked every minute, and only ever calls people. */
  deepCheck: Url.optional(),
  signals: SignalsSection.default({}),
  policy: OwnPolicySection.optional(),
  canary: CanarySection.optional(),
  /** In which order the ways to take a version away are tried, where not as usual; what is left out comes last. */
  mechanismOrder: z
    .array(z.enum(wayKinds))
    .min(1)
    .refine((ways) => new Set(ways).size === ways.length, { message: 'names a way twice' })
    .optional(),
  /** The database whose schema it runs on, and which versions of that it can run on where its own versions do not say. */
  schema: SchemaSection.optional(),
  approval: z.strictObject({ twoPerson: z.boolean().default(false) }).default({ twoPerson: false }),
  automation: AutomationSection.optional(),
  promotion: PromotionSection.optional(),
  /** The pager that calls whoever is on call for it. */
  pager: text(31).optional(),
  roles: Roles.partial().default({}),
  changeWindows: ChangeWindowsSection.optional(),
})
export type ServiceRow = z.infer<typeof ServiceRow>
