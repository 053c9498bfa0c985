import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { dayOf } from './format.js'
import { html } from './html.js'
import { Message } from './message.js'

const shownAtFirst = 120
const compactWithinSeconds = 300
const nearEnd = 80

/** Messages in order, kept at the end while somebody is at the end. */
export function Conversation({ list, shared, pins = [], label, inThread = false, empty }) {
  const [shown, setShown] = useState(shownAtFirst)
  const [isAway, setAway] = useState(false)
  const box = useRef(null)
  const inner = useRef(null)
  const last = useRef({ scrollHeight: 0, clientHeight: 0 })
  const toEnd = () => {
    box.current.scrollTop = box.current.scrollHeight
  }
  /** Whether somebody was at the end before heights changed; if so they still are. */
  const keepPlace = () => {
    const { scrollHeight, clientHeight } = last.current
    const wasAtEnd = scrollHeight - box.current.scrollTop - clientHeight < nearEnd
    if (wasAtEnd) toEnd()
    last.current = {
      scrollHeight: box.current.scrollHeight,
      clientHeight: box.current.clientHeight,
    }
    return wasAtEnd
  }
  useLayoutEffect(() => {
    // Pictures and edits change heights later than messages arrive.
    const watcher = new ResizeObserver(keepPlace)
    watcher.observe(inner.current)
    watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [])
  useLayoutEffect(() => {
    if (!keepPlace()) setAway(true)
  }, [list.length])
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current
    if (scrollHeight - scrollTop - clientHeight < nearEnd) setAway(false)
  }
  const visible = list.slice(-shown)
  return html`<div class="conversation">
    <div class="scroller" ref=${box} onScroll=${onScroll} tabindex="0" role="log" aria-label=${label} aria-live="polite">
      <div class="inner" ref=${inner}>
        ${
          list.length > shown &&
          html`<button type="button" class="button earlier" onClick=${() => setShown(shown + shownAtFirst)}>
          Show earlier messages
        </button>`
        }
        ${list.length === 0 && empty}
        ${visible.map((posted, index) => {
          const before = visible[index - 1]
          const isNewDay =
            !inThread && (!before || dayOf(before.message.ts) !== dayOf(posted.message.ts))
          return [
            isNewDay &&
              html`<div class="day" key=${`day${posted.message.ts}`}>
                <span>${dayOf(posted.message.ts)}</span>
              </div>`,
            html`<${Message}
              key=${posted.message.ts}
              posted=${posted}
              isCompact=${!isNewDay && follows(posted, before)}
              isPinned=${pins.includes(posted.message.ts)}
              inThread=${inThread}
              ...${shared}
            />`,
          ]
        })}
      </div>
    </div>
    ${
      isAway &&
      html`<button type="button" class="newer" onClick=${toEnd}>New messages below</button>`
    }
  </div>`
}

const follows = (posted, before) =>
  before !== undefined &&
  before.message.user === posted.message.user &&
  before.visibleTo === posted.visibleTo &&
  !posted.message.blocks &&
  posted.message.subtype !== 'thread_broadcast' &&
  Number(posted.message.ts) - Number(before.message.ts) < compactWithinSeconds
