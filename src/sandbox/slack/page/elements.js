import { useState } from 'preact/hooks'
import { Field } from './field.js'
import { html } from './html.js'
import { Text, withEmoji } from './mrkdwn.js'
import { Picker } from './picker.js'

/**
 * Anything one can press, choose or fill in. `form` holds what was chosen (`value`, `change`), sends it (`press`), finds
 * options (`search`) and says what is on its way (`pending`).
 */
export function Element({ element, block, form, names, isInput = false }) {
  const key = `${block.block_id}/${element.action_id}`
  const label = block.label?.text ?? element.placeholder?.text ?? element.action_id
  const isBusy = form.pending === key
  const given = form.value(key)
  const choose = (value, shown) => {
    form.change(key, value, shown)
    if (!isInput || block.dispatch_action) form.press(element, block, { value })
  }
  switch (element.type) {
    case 'button':
      return html`<${Button} element=${element} block=${block} form=${form} isBusy=${isBusy} />`
    case 'overflow':
      return html`<${Overflow} element=${element} block=${block} form=${form} isBusy=${isBusy} />`
    case 'static_select':
    case 'external_select': {
      const search =
        element.type === 'external_select'
          ? (typed) => form.search(key, typed)
          : (typed) =>
              optionsOf(element).filter(({ text }) =>
                text.text.toLowerCase().includes(typed.toLowerCase()),
              )
      return html`<${Picker}
        selected=${given ?? element.initial_option}
        placeholder=${element.placeholder?.text}
        label=${label}
        names=${names}
        isBusy=${isBusy}
        search=${search}
        choose=${(option) => choose(option, option)}
      />`
    }
    case 'radio_buttons':
      return html`<fieldset class="choices" aria-label=${label}>
        ${element.options.map((option) => {
          const isOn = (given ?? element.initial_option)?.value === option.value
          return html`<${Choice}
            key=${option.value}
            type="radio"
            name=${key}
            option=${option}
            names=${names}
            isOn=${isOn}
            isBusy=${isBusy}
            onChange=${() => choose(option)}
          />`
        })}
      </fieldset>`
    case 'checkboxes': {
      const chosen = (given ?? element.initial_options ?? []).map((one) => one.value ?? one)
      return html`<fieldset class="choices" aria-label=${label}>
        ${element.options.map(
          (option) =>
            html`<${Choice}
              key=${option.value}
              type="checkbox"
              name=${key}
              option=${option}
              names=${names}
              isOn=${chosen.includes(option.value)}
              isBusy=${isBusy}
              onChange=${(event) =>
                choose(
                  event.currentTarget.checked
                    ? [...chosen, option.value]
                    : chosen.filter((value) => value !== option.value),
                )}
            />`,
        )}
      </fieldset>`
    }
    case 'users_select':
      return html`<${Picker}
        selected=${given ? personOption(given, names) : undefined}
        placeholder=${element.placeholder?.text ?? 'Choose somebody…'}
        label=${label}
        names=${names}
        search=${(typed) => names.people(typed).map((id) => personOption(id, names))}
        choose=${({ value }) => choose(value)}
      />`
    default:
      return html`<${Field}
        element=${element}
        label=${label}
        value=${given}
        isBusy=${isBusy}
        change=${choose}
      />`
  }
}

function Button({ element, block, form, isBusy }) {
  const classes = ['button', element.style ?? ''].join(' ')
  const press = () => form.press(element, block, {})
  const face = html`${withEmoji(element.text.text)}${isBusy && html`<span class="spinner"></span>`}`
  return element.url
    ? html`<a
        class=${classes}
        href=${/^https?:/.test(element.url) ? element.url : undefined}
        target="_blank"
        rel="noreferrer noopener"
        aria-label=${element.accessibility_label}
        onClick=${press}
        >${face}</a
      >`
    : html`<button
        type="button"
        class=${classes}
        disabled=${form.pending !== undefined}
        aria-busy=${isBusy}
        aria-label=${element.accessibility_label}
        onClick=${press}
      >
        ${face}
      </button>`
}

function Overflow({ element, block, form, isBusy }) {
  const [isOpen, setOpen] = useState(false)
  return html`<div class="overflow" onKeyDown=${(event) => event.key === 'Escape' && setOpen(false)}>
    <button
      type="button"
      class="button"
      aria-haspopup="menu"
      aria-expanded=${isOpen}
      aria-label="More"
      disabled=${isBusy}
      onClick=${() => setOpen(!isOpen)}
    >
      ⋯
    </button>
    ${
      isOpen &&
      html`<div class="menu" role="menu">
      ${element.options.map(
        (option) =>
          html`<button
            type="button"
            role="menuitem"
            key=${option.value}
            onClick=${() => {
              setOpen(false)
              form.press(element, block, { value: option.value })
            }}
          >
            ${withEmoji(option.text.text)}
          </button>`,
      )}
    </div>`
    }
  </div>`
}

function Choice({ type, name, option, names, isOn, isBusy, onChange }) {
  return html`<label class="choice">
    <input type=${type} name=${name} checked=${isOn} disabled=${isBusy} onChange=${onChange} />
    <span>
      <${Text} object=${option.text} names=${names} />
      ${
        option.description &&
        html`<small><${Text} object=${option.description} names=${names} /></small>`
      }
    </span>
  </label>`
}

const optionsOf = (element) =>
  element.options ?? element.option_groups?.flatMap(({ options }) => options) ?? []
const personOption = (id, names) => ({
  value: id,
  text: { type: 'plain_text', text: names.user(id) },
})
