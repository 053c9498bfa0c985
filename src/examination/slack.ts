import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { directory } from '#directory/index.ts'
import { type Role, roleNames, roles } from '#domain/authority/role.ts'
import type { Service } from '#domain/service.ts'
import type { Finding } from '#ports/finding.ts'
import { slackClient } from '#slack/client.ts'
import { examineToken } from '#slack/scopes.ts'
import type { Told } from '../config.ts'
import { createLog } from '../log.ts'

/** The token with its scopes, and whether every level of authority is held by somebody. */
export function slackParts(
  told: Told,
  content: ConfigFileContent | undefined,
  problems: readonly string[],
): readonly Part[] {
  if (told.mode === 'sandbox')
    return [{ about: 'Slack', look: async () => [{ result: 'note', text: notSet }] }]
  if (problems.some((problem) => /^SLACK_(BOT_TOKEN|API_URL)/.test(problem))) return []
  const client = slackClient(told.slack, createLog({ level: 'silent' }))
  const token: Part = { about: 'Slack', look: () => examineToken(client) }
  if (!content) return [token]
  const who = directory({ client, roles: content.roles, log: createLog({ level: 'silent' }) })
  const look = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const found = await Promise.all(
      [...content.catalogue.values()].map(async (service) => {
        const empty = await Promise.all(roles.map((role) => emptyRole(who, role, service, signal)))
        return empty.filter((finding) => finding !== undefined)
      }),
    )
    const faults = distinct(found.flat())
    return faults.length > 0
      ? faults
      : [{ result: 'fine', text: 'every level is held by somebody, for every service' }]
  }
  return [token, { about: 'Authority', look }]
}

const notSet =
  'no Slack variable is set here: outside production that opens the sandbox, and nothing of Slack was looked at'

async function emptyRole(
  who: ReturnType<typeof directory>,
  role: Role,
  service: Service,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const { people, down } = await who.holders(role, service, signal)
  if (down.length > 0)
    return {
      result: 'wrong',
      text: `who is ${roleNames[role]} could not be asked: ${down.join(', ')} did not answer`,
      remedy: 'see that the source exists and can be read',
    }
  return people.length > 0
    ? undefined
    : {
        result: 'wrong',
        text: `nobody is ${roleNames[role]} for ${service.id}`,
        remedy: 'name members or a user group that has some',
      }
}

const distinct = (findings: readonly Finding[]): readonly Finding[] => [
  ...new Map(findings.map((finding) => [finding.text, finding])).values(),
]
