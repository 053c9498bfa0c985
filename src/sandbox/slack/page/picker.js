import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { html } from './html.js'
import { Text } from './mrkdwn.js'

/** A searchable list of options: `search(typed)` finds them, the keyboard walks them. */
export function Picker({ selected, placeholder, search, choose, names, label, isBusy }) {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const [options, setOptions] = useState([])
  const [active, setActive] = useState(0)
  const [place, setPlace] = useState({})
  const box = useRef(null)
  const id = useId()

  useEffect(() => {
    if (!isOpen) return undefined
    let isGone = false
    const look = async () => {
      const found = await search(typed)
      if (!isGone) {
        setOptions(found)
        setActive(0)
      }
    }
    const timer = setTimeout(() => void look(), typed === '' ? 0 : 120)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [isOpen, typed])

  const open = () => {
    // Fixed to the viewport, so that neither a message list nor a dialog cuts the list off.
    const { left, top, bottom, width } = box.current.getBoundingClientRect()
    const isBelow = window.innerHeight - bottom > 240 || bottom < window.innerHeight / 2
    setPlace(
      isBelow
        ? { left: `${left}px`, top: `${bottom + 4}px`, minWidth: `${width}px` }
        : {
            left: `${left}px`,
            bottom: `${window.innerHeight - top + 4}px`,
            minWidth: `${width}px`,
          },
    )
    setOpen(true)
  }
  const close = () => {
    setOpen(false)
    setTyped('')
  }
  const take = (option) => {
    close()
    choose(option)
  }
  const onKeyDown = (event) => {
    if (!isOpen && (event.key === 'ArrowDown' || event.key === 'Enter')) {
      event.preventDefault()
      open()
      return
    }
    if (!isOpen) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      close()
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((active + step + options.length) % Math.max(options.length, 1))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (options[active]) take(options[active])
    }
  }
  return html`<div class="picker" ref=${box}>
    <input
      class="field"
      role="combobox"
      aria-expanded=${isOpen}
      aria-controls=${`${id}-list`}
      aria-activedescendant=${isOpen && options[active] ? `${id}-${active}` : undefined}
      aria-label=${label}
      autocomplete="off"
      disabled=${isBusy}
      placeholder=${selected ? selected.text.text : (placeholder ?? 'Choose…')}
      value=${isOpen ? typed : (selected?.text.text ?? '')}
      onFocus=${(event) => event.currentTarget.select()}
      onClick=${open}
      onBlur=${close}
      onInput=${(event) => {
        setTyped(event.currentTarget.value)
        if (!isOpen) open()
      }}
      onKeyDown=${onKeyDown}
    />
    <span class="chevron" aria-hidden="true"></span>
    ${
      isOpen &&
      html`<ul class="options" role="listbox" id=${`${id}-list`} style=${place}>
      ${options.length === 0 && html`<li class="none">Nothing found</li>`}
      ${options.map(
        (option, index) =>
          html`<li
            key=${option.value}
            id=${`${id}-${index}`}
            role="option"
            aria-selected=${index === active}
            onMouseDown=${(event) => {
              event.preventDefault()
              take(option)
            }}
            onMouseMove=${() => setActive(index)}
          >
            <${Text} object=${option.text} names=${names} />
            ${
              option.description &&
              html`<small><${Text} object=${option.description} names=${names} /></small>`
            }
          </li>`,
      )}
    </ul>`
    }
  </div>`
}
