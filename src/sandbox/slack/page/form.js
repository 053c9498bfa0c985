import { useState } from 'preact/hooks'
import { ask } from './server.js'

/** What somebody filled in on one surface (a message or a view), and how it is sent to the app. */
export function useForm({ me, surface, confirm }) {
  const [values, setValues] = useState({})
  const [pending, setPending] = useState(undefined)
  const [trouble, setTrouble] = useState(undefined)

  return {
    values,
    pending,
    trouble,
    value: (key) => values[key],
    change: (key, value) => setValues((before) => ({ ...before, [key]: value })),
    search: async (key, typed) => {
      const { options = [] } = await ask('options', { as: me, ...surface, element: key, typed })
      return options
    },
    async press(element, block, { value }) {
      const key = `${block.block_id}/${element.action_id}`
      if (element.confirm && !(await confirm(element.confirm))) return
      setPending(key)
      setTrouble(undefined)
      const answer = await ask('click', {
        as: me,
        ...surface,
        element: key,
        confirm: true,
        inputs: values,
        ...(value === undefined ? {} : { value }),
      })
      setPending(undefined)
      if (!answer.ok) setTrouble(troubles[answer.error] ?? 'That did not work. Try again.')
    },
  }
}

export const troubles = {
  slack_down: 'Slack is down: nobody was told. Try again when it is back.',
  gone: 'This message has changed. Look again.',
  operation_timeout: 'The app did not answer within 3 seconds. Try again.',
  dispatch_failed: 'The app could not be reached. Try again.',
  no_connection: 'The sandbox could not be reached.',
}
