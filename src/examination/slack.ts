import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { directory } from '#directory/index.ts'
import { type Role, roleNames, roles } from '#domain/authority/role.ts'
import { list } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import type { Directory, Holders } from '#ports/directory.ts'
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
  return [
    token,
    {
      about: 'Authority',
      async look(signal) {
        const held: Held[] = []
        // One after the other: what is asked for the first is known for the others, and Slack counts the questions.
        for (const service of content.catalogue.values())
          for (const role of roles)
            held.push({ role, service, ...(await holders(who, role, service, signal)) })
        return findingsOf(held)
      },
    },
  ]
}

const notSet =
  'no Slack variable is set here: outside production that opens the sandbox, and nothing of Slack was looked at'

/** At a click a source that is slow counts as away; here there is time to ask again. */
const attempts = 3

async function holders(
  who: Directory,
  role: Role,
  service: Service,
  signal: AbortSignal,
): Promise<Holders> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await who.holders(role, service, signal)
    if (found.down.length === 0 || attempt >= attempts || signal.aborted) return found
  }
}

interface Held extends Holders {
  readonly role: Role
  readonly service: Service
}

/** A source that is away says nothing about any level: one line for it, none for the levels. */
function findingsOf(held: readonly Held[]): readonly Finding[] {
  const down = [...new Set(held.flatMap((one) => one.down))]
  if (down.length > 0)
    return [
      {
        result: 'wrong',
        text: `who holds which level cannot be asked: ${list(down)} did not answer`,
        remedy: 'see that Slack answers, and that the user groups exist',
      },
    ]
  const empty = held.filter(({ people }) => people.length === 0)
  if (empty.length === 0)
    return [{ result: 'fine', text: 'every level is held by somebody, for every service' }]
  return empty.map(({ role, service }) => ({
    result: 'wrong',
    text: `nobody is ${roleNames[role]} for ${service.id}`,
    remedy: 'name members or a user group that has some',
  }))
}
