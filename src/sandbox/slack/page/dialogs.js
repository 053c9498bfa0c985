import { useEffect, useRef, useState } from 'preact/hooks'
import { Blocks } from './blocks.js'
import { troubles, useForm } from './form.js'
import { html } from './html.js'
import { Text, withEmoji } from './mrkdwn.js'
import { ask } from './server.js'

/** “Are you sure”: resolves to yes or no. */
export function useConfirm(names) {
  const [asked, setAsked] = useState(undefined)
  const confirm = (dialog) => new Promise((resolve) => setAsked({ dialog, resolve }))
  const answer = (isYes) => {
    asked.resolve(isYes)
    setAsked(undefined)
  }
  const drawn =
    asked &&
    html`<${Dialog} className="confirm" title=${asked.dialog.title.text} close=${() => answer(false)}>
      <div class="dialog-body"><${Text} object=${asked.dialog.text} names=${names} /></div>
      <footer>
        <button type="button" class="button" onClick=${() => answer(false)}>
          ${withEmoji(asked.dialog.deny.text)}
        </button>
        <button
          type="button"
          class=${`button ${asked.dialog.style ?? 'primary'}`}
          data-focus
          onClick=${() => answer(true)}
        >
          ${withEmoji(asked.dialog.confirm.text)}
        </button>
      </footer>
    <//>`
  return { confirm, drawn }
}

/** A modal of the app: the view on top of the stack. What was filled in survives an update by block and action id. */
export function Modal({ view, errors, me, names, confirm }) {
  const form = useForm({ me, surface: { view: view.id }, confirm })
  const [isSending, setSending] = useState(false)
  const [missing, setMissing] = useState({})
  const shown = { ...missing, ...errors }
  useEffect(() => setMissing({}), [view.hash])
  const submit = async (event) => {
    event.preventDefault()
    const short = shortBlocks(view, form.values)
    if (Object.keys(short).length > 0) return setMissing(short)
    setSending(true)
    const answer = await ask('submit', {
      as: me,
      view: view.id,
      values: inBlocks(form.values, view),
    })
    setSending(false)
    if (answer.kind === 'incomplete') setMissing(emptyBlocks(view, answer.missing))
    else
      setMissing(answer.error && !answer.kind ? { '': troubles[answer.error] ?? answer.error } : {})
  }
  return html`<${Dialog}
    className="modal"
    title=${view.title?.text ?? ''}
    close=${() => ask('close', { as: me, view: view.id })}
  >
    <form onSubmit=${submit} novalidate>
      <div class="dialog-body">
        <${Blocks} blocks=${view.blocks} form=${form} names=${names} errors=${shown} />
        ${
          (shown[''] ?? form.trouble) &&
          html`<div class="error" role="alert">${shown[''] ?? form.trouble}</div>`
        }
      </div>
      <footer>
        <button type="button" class="button" onClick=${() => ask('close', { as: me, view: view.id })}>
          ${withEmoji(view.close?.text ?? 'Cancel')}
        </button>
        ${
          view.submit &&
          html`<button type="submit" class="button primary" disabled=${isSending} aria-busy=${isSending}>
          ${withEmoji(view.submit.text)}${isSending && html`<span class="spinner"></span>`}
        </button>`
        }
      </footer>
    </form>
  <//>`
}

/** The browser's own modal dialog: focus stays inside, Escape closes it, focus returns afterwards. */
export function Dialog({ className, title, close, children }) {
  const box = useRef(null)
  useEffect(() => {
    const { current } = box
    const before = document.activeElement
    current.showModal()
    current.querySelector('[data-focus], .field, fieldset input')?.focus()
    return () => {
      current.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return html`<dialog
    ref=${box}
    class=${`dialog ${className}`}
    aria-label=${title}
    onCancel=${(event) => {
      event.preventDefault()
      close()
    }}
  >
    <header>
      <h2>${withEmoji(title)}</h2>
      <button type="button" class="icon" aria-label="Close" onClick=${close}>✕</button>
    </header>
    ${children}
  </dialog>`
}

function emptyBlocks(view, labels) {
  return Object.fromEntries(
    view.blocks
      .filter(({ label }) => label && labels.includes(label.text))
      .map(({ block_id }) => [block_id, 'Please fill this in.']),
  )
}

/** Slack keeps a modal open when a text is shorter than its field allows; the app never hears of it. */
function shortBlocks(view, values) {
  return Object.fromEntries(
    view.blocks.flatMap(({ block_id, element }) => {
      const text = values[`${block_id}/${element?.action_id}`] ?? element?.initial_value ?? ''
      return text !== '' && text.length < (element?.min_length ?? 0)
        ? [[block_id, `Please write at least ${element.min_length} characters.`]]
        : []
    }),
  )
}

/** Only what the view still holds: an update may have taken inputs away. */
function inBlocks(values, view) {
  const ids = new Set(view.blocks.map(({ block_id }) => block_id))
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => ids.has(key.slice(0, key.lastIndexOf('/')))),
  )
}
