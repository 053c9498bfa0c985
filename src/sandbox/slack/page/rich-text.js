import { emojiOf } from './emoji.js'
import { slackDate } from './format.js'
import { html } from './html.js'
import { mention } from './mrkdwn.js'

export function RichText({ block, names }) {
  return html`<div class="rich-text">${block.elements.map((part) => partOf(part, names))}</div>`
}

function partOf(part, names) {
  const leaves = () => part.elements.map((leaf) => leafOf(leaf, names))
  switch (part.type) {
    case 'rich_text_list': {
      const items = part.elements.map(
        (item) => html`<li>${item.elements.map((leaf) => leafOf(leaf, names))}</li>`,
      )
      const indent = `indent-${part.indent ?? 0}`
      return part.style === 'ordered'
        ? html`<ol class=${indent} start=${(part.offset ?? 0) + 1}>${items}</ol>`
        : html`<ul class=${indent}>${items}</ul>`
    }
    case 'rich_text_quote':
      return html`<blockquote>${leaves()}</blockquote>`
    case 'rich_text_preformatted':
      return html`<pre><code>${leaves()}</code></pre>`
    default:
      return html`<span class="rich-section">${leaves()}</span>`
  }
}

function leafOf(leaf, names) {
  return styled(plainLeaf(leaf, names), leaf.style)
}

function plainLeaf(leaf, names) {
  switch (leaf.type) {
    case 'link':
      return html`<a href=${leaf.url} target="_blank" rel="noreferrer noopener">${leaf.text ?? leaf.url}</a>`
    case 'user':
      return mention(names.user(leaf.user_id), names.isMe(leaf.user_id))
    case 'usergroup':
      return mention(names.group(leaf.usergroup_id), false)
    case 'channel':
      return html`<span class="mention">#${names.channel(leaf.channel_id)}</span>`
    case 'emoji':
      return emojiOf(leaf.name)
    case 'broadcast':
      return mention(leaf.range, true)
    case 'date':
      return html`<time title=${leaf.fallback}
        >${slackDate(leaf.timestamp, leaf.format, leaf.fallback, names.now())}</time
      >`
    case 'color':
      return leaf.value
    default:
      return leaf.text
  }
}

function styled(drawn, style) {
  let out = drawn
  if (style?.code) out = html`<code>${out}</code>`
  if (style?.bold) out = html`<strong>${out}</strong>`
  if (style?.italic) out = html`<em>${out}</em>`
  if (style?.strike) out = html`<s>${out}</s>`
  if (style?.underline) out = html`<u>${out}</u>`
  return out
}
