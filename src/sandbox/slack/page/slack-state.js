import { useEffect, useReducer } from 'preact/hooks'
import { read } from './server.js'

const samplesKept = 120
const drawnTogetherMs = 16

/** What one person sees, kept current by Server-Sent Events; `undefined` until it is there. */
export function useSlack(user) {
  const [state, tell] = useReducer(after, undefined)
  useEffect(() => {
    let source
    let isGone = false
    const lost = () => tell({ kind: 'connection', isLost: true })
    const open = (as) => {
      source = new EventSource(`/sandbox/live?as=${encodeURIComponent(as)}`)
      const waiting = []
      let isReady = false
      let isPlanned = false
      source.addEventListener('message', ({ data }) => {
        const change = JSON.parse(data)
        waiting.push(change)
        // A burst is drawn once.
        if (isReady && !isPlanned) {
          isPlanned = true
          setTimeout(flush, drawnTogetherMs)
        }
      })
      // Also after a lost connection: what happened meanwhile is only in a fresh look.
      const look = async () => {
        const sight = await read(`boot?as=${encodeURIComponent(as)}`)
        if (isGone) return
        tell({ kind: 'boot', sight })
        isReady = true
        flush()
      }
      const flush = () => {
        isPlanned = false
        tell({ kind: 'several', changes: waiting.splice(0) })
      }
      source.addEventListener('open', () => void look().catch(lost))
      source.addEventListener('error', lost)
    }
    // Somebody remembered from another workspace is nobody here.
    void read(user ? `boot?as=${encodeURIComponent(user)}` : 'boot')
      .catch(() => read('boot'))
      .then(({ me }) => isGone || open(me))
      .catch(lost)
    return () => {
      isGone = true
      source?.close()
    }
  }, [user])
  const refresh = async () => {
    if (state?.me)
      tell({ kind: 'boot', sight: await read(`boot?as=${encodeURIComponent(state.me)}`) })
  }
  const isStale = state?.isStale === true
  useEffect(() => {
    if (isStale) void refresh()
  }, [isStale])
  return state
}

function after(state, change) {
  if (change.kind === 'boot') return begun(change.sight)
  if (!state) return state
  if (change.kind === 'several') return change.changes.reduce(after, state)
  switch (change.kind) {
    case 'message':
      return { ...state, messages: withMessage(state.messages, change.posted) }
    case 'message_gone':
      return {
        ...state,
        messages: {
          ...state.messages,
          [change.channel]: (state.messages[change.channel] ?? []).filter(
            ({ message }) => message.ts !== change.ts,
          ),
        },
      }
    case 'channel': {
      const isNew = !state.channels.some(({ id }) => id === change.channel.id)
      const channels = isNew
        ? [...state.channels, change.channel]
        : state.channels.map((one) => (one.id === change.channel.id ? change.channel : one))
      // Somebody who is invited has not been told of what was said before.
      return { ...state, channels, isStale: state.isStale || isNew }
    }
    case 'people':
      return { ...state, users: byId(change.users), groups: byId(change.groups) }
    case 'views':
      return { ...state, views: change.views, errors: change.errors }
    case 'trouble':
      return { ...state, slackDown: change.slackDown }
    case 'world':
      return {
        ...state,
        world: change.world,
        hasControls: true,
        isWorldAway: false,
        history: [...state.history, change.sample].slice(-samplesKept),
      }
    case 'world_away':
      return { ...state, isWorldAway: true }
    case 'connection':
      return { ...state, isLost: change.isLost }
    default:
      return state
  }
}

function begun(sight) {
  const messages = {}
  for (const posted of sight.messages) (messages[posted.channel] ??= []).push(posted)
  return {
    ...sight,
    users: byId(sight.users),
    groups: byId(sight.groups),
    messages,
    isLost: false,
    isStale: false,
    isWorldAway: false,
  }
}

function withMessage(messages, posted) {
  const list = messages[posted.channel] ?? []
  const index = list.findLastIndex(({ message }) => message.ts === posted.message.ts)
  const next = index < 0 ? [...list, posted] : list.with(index, posted)
  return { ...messages, [posted.channel]: next }
}

const byId = (list) => Object.fromEntries(list.map((one) => [one.id, one]))
