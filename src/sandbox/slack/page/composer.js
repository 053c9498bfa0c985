import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { troubles } from './form.js'
import { html } from './html.js'
import { ask } from './server.js'

/** Where one writes. A slash opens the list of commands; the rest of a command is hinted at. */
export function Composer({ me, channel, thread, commands, isDown, placeholder, draft, onSent }) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [isHidden, setHidden] = useState(false)
  const [trouble, setTrouble] = useState(undefined)
  const box = useRef(null)
  useLayoutEffect(() => {
    if (!draft?.text) return
    setText(draft.text)
    box.current.focus()
  }, [draft])
  useLayoutEffect(() => {
    const { style } = box.current
    style.height = 'auto'
    style.height = `${Math.min(box.current.scrollHeight, 180)}px`
  }, [text])

  const word = text.split(' ')[0]
  const isNaming = !thread && text.startsWith('/') && !text.includes(' ') && !isHidden
  const offered = isNaming ? commands.filter(({ command }) => command.startsWith(text)) : []
  const known = !thread && commands.find(({ command }) => command === word)
  const complete = ({ command }) => {
    setText(`${command} `)
    box.current.focus()
  }
  const send = async () => {
    const words = text.trim()
    if (words === '' || isDown) return
    if (thread && words.startsWith('/')) {
      setTrouble('Slack has no slash commands in threads. Type it in the channel.')
      return
    }
    setText('')
    setTrouble(undefined)
    onSent?.(words)
    const isCommand = words.startsWith('/')
    const answer = await ask(isCommand ? 'command' : 'say', {
      as: me,
      channel,
      text: words,
      ...(thread ? { thread } : {}),
    })
    // Commands that nobody answered are told by Slackbot in the channel.
    if (!answer.ok && !(isCommand && answer.kind === 'failed')) {
      setTrouble(troubles[answer.error] ?? answer.error)
      setText(words)
    }
  }
  const onKeyDown = (event) => {
    const isOffering = offered.length > 0 && !(offered.length === 1 && offered[0].command === text)
    if (isOffering && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      setActive((active + (event.key === 'ArrowDown' ? 1 : offered.length - 1)) % offered.length)
    } else if (isOffering && (event.key === 'Tab' || event.key === 'Enter')) {
      event.preventDefault()
      complete(offered[Math.min(active, offered.length - 1)])
    } else if (event.key === 'Escape') setHidden(true)
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      void send()
    }
  }
  return html`<div class="composer">
    ${
      offered.length > 0 &&
      html`<ul class="commands" role="listbox" id="commands" aria-label="Commands">
      ${offered.map(
        (one, index) =>
          html`<li
            key=${one.command}
            id=${`command-${index}`}
            role="option"
            aria-selected=${index === active}
            onMouseDown=${(event) => {
              event.preventDefault()
              complete(one)
            }}
          >
            <b>${one.command}</b> <code>${one.usageHint}</code><small>${one.description}</small>
          </li>`,
      )}
    </ul>`
    }
    ${trouble && html`<div class="error" role="alert">${trouble}</div>`}
    <div class="writing">
      <textarea
        ref=${box}
        rows="1"
        value=${text}
        disabled=${isDown}
        aria-label=${placeholder}
        aria-controls=${offered.length > 0 ? 'commands' : undefined}
        aria-activedescendant=${offered.length > 0 ? `command-${active}` : undefined}
        placeholder=${isDown ? 'Slack is down' : placeholder}
        onInput=${(event) => {
          setText(event.currentTarget.value)
          setActive(0)
          setHidden(false)
        }}
        onKeyDown=${onKeyDown}
      ></textarea>
      <button type="button" class="send" disabled=${text.trim() === '' || isDown} onClick=${send} aria-label="Send">
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 3.5 17.5 10 3 16.5 5 11l6-1-6-1z" /></svg>
      </button>
    </div>
    <div class="usage">${known ? html`<code>${known.command} ${known.usageHint}</code>` : ' '}</div>
  </div>`
}
