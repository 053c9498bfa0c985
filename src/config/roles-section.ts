import { z } from 'zod'

export const RoleName = z.enum([
  'on-call-engineer',
  'team-lead',
  'engineering-manager',
  'vp-engineering',
  'executives',
])

const Source = z
  .strictObject({
    members: z
      .array(
        z
          .string()
          .regex(
            /^(T[A-Z0-9]{2,20}:)?[UW][A-Z0-9]{2,20}$/,
            'must be a Slack member id such as U012AB3CD',
          ),
      )
      .min(1, 'must name at least one person')
      .optional(),
    slackUserGroup: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9._-]{0,79}$|^S[A-Z0-9]{6,20}$/,
        'must be the handle of a Slack user group without @, or its id',
      )
      .optional(),
  })
  .refine((source) => source.members ?? source.slackUserGroup, {
    message: 'names nobody: add members or a slackUserGroup',
  })

/** Who has which role: named here, or in a user group of Slack. */
export const Roles = z.strictObject({
  'on-call-engineer': Source,
  'team-lead': Source,
  'engineering-manager': Source,
  'vp-engineering': Source,
  executives: Source,
})
