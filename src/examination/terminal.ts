import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { isAtLeast, type Role, roleNames, roles } from '#domain/authority/role.ts'
import { offersDeviceCodes } from '#identity/oidc.ts'
import type { Finding } from '#ports/finding.ts'

type Content = Pick<ConfigFileContent, 'terminal' | 'roles' | 'policy'>

/** Whether people could decide while Slack, or the database, is away, where that is configured. */
export const terminalPart = (content: Content): Part => ({
  about: 'Break-glass',
  look: async () => {
    const { terminal } = content
    if (!terminal) return []
    return [await identityFinding(terminal.identity), ...peopleFindings(content)]
  },
})

async function identityFinding(
  identity: NonNullable<Content['terminal']>['identity'],
): Promise<Finding> {
  if (identity.kind === 'kubernetes')
    return { result: 'fine', text: `people are who the cluster ${identity.cluster} says they are` }
  return (await offersDeviceCodes(identity))
    ? { result: 'fine', text: `people sign in at ${identity.issuer}` }
    : {
        result: 'wrong',
        text: `${identity.issuer} offers no sign-in by a code`,
        remedy: 'switch the device flow on for this client, or use another issuer',
      }
}

/** Two of the strictest window, named in the file: what the worst day needs. */
function peopleFindings({ terminal, roles: sources, policy }: Content): readonly Finding[] {
  const strictest = policy.matrix.at(-1)?.mayAuthorize ?? 'vp-engineering'
  const named = new Set(
    roles
      .filter((role) => isAtLeast(role, strictest))
      .flatMap((role: Role) => sources[role].members ?? [])
      .map((member) => (member.includes(':') ? member : `${terminal?.workspace}:${member}`)),
  )
  const known = terminal?.people.filter(({ person }) => named.has(person)).length ?? 0
  return known >= 2
    ? []
    : [
        {
          result: 'note',
          text: `${known === 1 ? 'one' : 'none'} of those whom members names as ${roleNames[strictest]} or above can be known at a terminal: without Slack and the database two people must break glass`,
          remedy: 'map two of them under terminal.people',
        },
      ]
}
