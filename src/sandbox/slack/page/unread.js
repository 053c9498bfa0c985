import { useEffect, useState } from 'preact/hooks'

/** How many messages of each channel came since somebody last had it open. */
export function useRead(state, open) {
  const [read, setRead] = useState({})
  const { me, messages } = state
  const last = (id) => messages[id]?.at(-1)?.message.ts ?? '0'
  const mine = read[me]
  const latest = open && last(open)
  useEffect(() => {
    setRead((before) => {
      // Whoever looks for the first time has read what is there.
      const known = before[me] ?? Object.fromEntries(state.channels.map(({ id }) => [id, last(id)]))
      return { ...before, [me]: open ? { ...known, [open]: last(open) } : known }
    })
  }, [me, open, latest])
  const unread = Object.fromEntries(
    state.channels.map(({ id }) => [
      id,
      mine && id !== open
        ? (messages[id] ?? []).filter(
            ({ message }) => message.ts > (mine[id] ?? '0') && message.user !== me,
          ).length
        : 0,
    ]),
  )
  return { unread }
}
