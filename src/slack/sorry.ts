import { type Fields, isFields } from './admission/body.ts'

/** What people are told when a request could not be written down in time. */
export const notRecordedText =
  'Not recorded: the database did not answer in time. Nothing was done. Try again in a moment, or use the terminal: `npm run countermand -- help`.'

/** The acknowledgement that says it: commands show a text, forms an error. `undefined` where Slack shows no answer at all. */
export function notRecorded(body: Fields): unknown {
  if (typeof body['command'] === 'string')
    return { response_type: 'ephemeral', text: notRecordedText }
  const input = body['type'] === 'view_submission' ? firstInput(body['view']) : undefined
  return input === undefined
    ? undefined
    : { response_action: 'errors', errors: { [input]: notRecordedText } }
}

function firstInput(view: unknown): string | undefined {
  const blocks = isFields(view) && Array.isArray(view['blocks']) ? view['blocks'] : []
  const input = blocks.find((block) => isFields(block) && block['type'] === 'input')
  const id = isFields(input) ? input['block_id'] : undefined
  return typeof id === 'string' ? id : undefined
}
