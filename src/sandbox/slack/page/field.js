import { html } from './html.js'

const fieldTypes = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
}

/** Anything that is typed: text, numbers, addresses, dates and times. */
export function Field({ element, label, value, isBusy, change }) {
  const initial = element.initial_value ?? element.initial_date ?? element.initial_time
  const shared = {
    class: 'field',
    'aria-label': label,
    placeholder: element.placeholder?.text,
    minlength: element.min_length,
    maxlength: element.max_length,
    disabled: isBusy,
  }
  if (element.type === 'plain_text_input' && element.multiline)
    return html`<textarea
      ...${shared}
      rows="4"
      value=${value ?? initial ?? ''}
      onInput=${(event) => change(event.currentTarget.value)}
    ></textarea>`
  if (element.type === 'datetimepicker')
    return html`<input
      ...${shared}
      type="datetime-local"
      value=${localTime(value ?? element.initial_date_time)}
      onChange=${(event) => {
        const time = new Date(event.currentTarget.value).getTime()
        if (!Number.isNaN(time)) change(Math.floor(time / 1_000))
      }}
    />`
  return html`<input
    ...${shared}
    type=${fieldTypes[element.type] ?? 'text'}
    value=${value ?? initial ?? ''}
    onInput=${(event) => change(event.currentTarget.value)}
  />`
}

/** Epoch seconds as the browser's own clock writes them in a `datetime-local` field. */
function localTime(seconds) {
  if (seconds === undefined) return ''
  const date = new Date(seconds * 1_000)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
