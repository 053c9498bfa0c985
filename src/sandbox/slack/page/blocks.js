import { Element } from './elements.js'
import { html } from './html.js'
import { Markdown } from './markdown.js'
import { Text, withEmoji } from './mrkdwn.js'
import { RichText } from './rich-text.js'

/** Block Kit as Slack draws it. */
export function Blocks({ blocks, form, names, errors = {} }) {
  return html`<div class="blocks">
    ${blocks.map(
      (block) =>
        html`<div key=${block.block_id} class=${`block ${block.type}`}>
          ${blockOf(block, form, names, errors)}
        </div>`,
    )}
  </div>`
}

function blockOf(block, form, names, errors) {
  const element = (one) =>
    html`<${Element} key=${one.action_id} element=${one} block=${block} form=${form} names=${names} />`
  switch (block.type) {
    case 'section':
      return html`<div class="words">
          ${block.text && html`<div><${Text} object=${block.text} names=${names} /></div>`}
          ${
            block.fields &&
            html`<div class="fields">
            ${block.fields.map((field) => html`<div><${Text} object=${field} names=${names} /></div>`)}
          </div>`
          }
        </div>
        ${
          block.accessory &&
          html`<div class="accessory">
          ${block.accessory.type === 'image' ? picture(block.accessory) : element(block.accessory)}
        </div>`
        }`
    case 'actions':
      return block.elements.map(element)
    case 'context':
      return block.elements.map((one) =>
        one.type === 'image'
          ? picture(one)
          : html`<span><${Text} object=${one} names=${names} /></span>`,
      )
    case 'divider':
      return html`<hr />`
    case 'header':
      return html`<h3>${withEmoji(block.text.text)}</h3>`
    case 'image':
      return html`<figure>
        ${block.title && html`<figcaption>${withEmoji(block.title.text)}</figcaption>`}
        ${picture(block)}
      </figure>`
    case 'input':
      return html`<${Input} block=${block} form=${form} names=${names} error=${errors[block.block_id]} />`
    case 'markdown':
      return html`<${Markdown} text=${block.text} />`
    case 'rich_text':
      return html`<${RichText} block=${block} names=${names} />`
    case 'table':
      return table(block, names)
    default:
      return html`<em>(${block.type})</em>`
  }
}

function Input({ block, form, names, error }) {
  const id = `error-${block.block_id}`
  return html`<div class=${error ? 'labelled wrong' : 'labelled'} role="group" aria-describedby=${error && id}>
    <div class="label">
      ${withEmoji(block.label.text)} ${block.optional && html`<small>(optional)</small>`}
    </div>
    <${Element} element=${block.element} block=${block} form=${form} names=${names} isInput />
    ${block.hint && html`<div class="hint">${withEmoji(block.hint.text)}</div>`}
    ${error && html`<div class="error" id=${id} role="alert">${error}</div>`}
  </div>`
}

function picture(image) {
  const address = image.slack_file?.id
    ? `/files/${image.slack_file.id}/picture`
    : ownAddress(image.slack_file?.url ?? image.image_url)
  return html`<img src=${address} alt=${image.alt_text} title=${image.alt_text} loading="lazy" />`
}

/** Files of this server under whatever name it was called by. */
export function ownAddress(url) {
  const { pathname } = new URL(url, location.href)
  return pathname.startsWith('/files/') ? pathname : url
}

function table({ rows, column_settings: settings = [] }, names) {
  const cell = (one, index, Tag) => {
    const align = settings[index]?.align ?? (one.type === 'raw_number' ? 'right' : 'left')
    return html`<${Tag} class=${`align-${align}`}>
      ${
        one.type === 'rich_text'
          ? html`<${RichText} block=${one} names=${names} />`
          : withEmoji(one.text ?? String(one.value))
      }
    </${Tag}>`
  }
  const [head, ...body] = rows
  return html`<table>
    <thead>
      <tr>
        ${head.map((one, index) => cell(one, index, 'th'))}
      </tr>
    </thead>
    <tbody>
      ${body.map((row) => html`<tr>${row.map((one, index) => cell(one, index, 'td'))}</tr>`)}
    </tbody>
  </table>`
}
