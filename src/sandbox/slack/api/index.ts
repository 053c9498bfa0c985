import { faultsInBlocks, faultsInView } from '../block-kit.ts'
import { Refused, type Wire } from '../model.ts'
import { chat } from './chat.ts'
import { conversations } from './conversations.ts'
import { files } from './files.ts'
import { marks } from './marks.ts'
import { isWire, type Methods, structure } from './method.ts'
import { users } from './users.ts'
import { views } from './views.ts'

/** Every method of Slack's Web API that the pretend Slack speaks. */
export const methods: Methods = {
  'api.test': { scopes: [], answer: (args) => ({ args }) },
  'auth.test': {
    scopes: [],
    answer: (_args, { workspace: { team, bot }, baseUrl }) => ({
      url: `${baseUrl()}/`,
      team: team.name,
      user: bot.name.toLowerCase(),
      team_id: team.id,
      user_id: bot.userId,
      bot_id: bot.botId,
      app_id: bot.appId,
      is_enterprise_install: false,
    }),
  },
  'blocks.validate': { scopes: [], answer: validate },
  ...chat,
  ...conversations,
  ...files,
  ...marks,
  ...users,
  ...views,
}

function validate(args: Wire): Wire {
  const blocks = structure(args, 'blocks', 'invalid_blocks_format')
  const message = structure(args, 'message', 'invalid_arguments')
  const view = structure(args, 'view', 'invalid_arguments')
  if ([blocks, message, view].filter((one) => one !== undefined).length !== 1)
    throw new Refused('invalid_arguments')
  if (view !== undefined) return { errors: faultsInView(view) }
  const list = isWire(message) ? message['blocks'] : blocks
  return { errors: faultsInBlocks(list, 'message') }
}
