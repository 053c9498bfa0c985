import { emojiOf, isEmoji } from './emoji.js'
import { slackDate } from './format.js'
import { html } from './html.js'

/** Slack's mrkdwn as elements. `names` knows people, groups, channels and the pretend time. */
export function Mrkdwn({ text, names }) {
  return html`<span class="mrkdwn">${blocksOf(text, names)}</span>`
}

export function Text({ object, names }) {
  if (!object) return null
  return object.type === 'mrkdwn'
    ? html`<${Mrkdwn} text=${object.text} names=${names} />`
    : html`<span class="plain">${withEmoji(object.text)}</span>`
}

export const withEmoji = (text) =>
  text.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name) => (isEmoji(name) ? emojiOf(name) : whole))

function blocksOf(text, names) {
  return text.split(/```\n?([\s\S]*?)\n?```/).map((part, index) => {
    if (index % 2 === 1) return html`<pre><code>${decoded(part)}</code></pre>`
    return quotesOf(part.replace(/^\n/, index > 0 ? '' : '$&'), names)
  })
}

/** Lines that begin with `>` are a quotation together; the rest are lines. */
function quotesOf(text, names) {
  const groups = []
  for (const line of text.split('\n')) {
    const isQuote = /^(&gt;|>) ?/.test(line)
    const last = groups.at(-1)
    const words = isQuote ? line.replace(/^(&gt;|>) ?/, '') : line
    if (last && last.isQuote === isQuote) last.lines.push(words)
    else groups.push({ isQuote, lines: [words] })
  }
  return groups.map(({ isQuote, lines }) => {
    const drawn = lines.flatMap((line, index) => [
      ...(index > 0 ? [html`<br />`] : []),
      ...inline(line, names),
    ])
    return isQuote ? html`<blockquote>${drawn}</blockquote>` : drawn
  })
}

const token =
  /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+):|(?<![\p{L}\d])\*([^*\n]+)\*(?![\p{L}\d])|(?<![\p{L}\d])_([^_\n]+)_(?![\p{L}\d])|(?<![\p{L}\d])~([^~\n]+)~(?![\p{L}\d])/gu

function inline(text, names) {
  const out = []
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, code, reference, emoji, bold, italic, struck] = match
    if (match.index > end) out.push(decoded(text.slice(end, match.index)))
    end = match.index + whole.length
    if (code !== undefined) out.push(html`<code>${decoded(code)}</code>`)
    else if (reference !== undefined) out.push(referenceOf(reference, names))
    else if (emoji !== undefined) out.push(isEmoji(emoji) ? emojiOf(emoji) : whole)
    else if (bold !== undefined) out.push(html`<strong>${inline(bold, names)}</strong>`)
    else if (italic !== undefined) out.push(html`<em>${inline(italic, names)}</em>`)
    else out.push(html`<s>${inline(struck, names)}</s>`)
  }
  if (end < text.length) out.push(decoded(text.slice(end)))
  return out
}

/** What stands between `<` and `>`: a person, a channel, a group, a date, everybody, an address. */
function referenceOf(inside, names) {
  const [target, label] = splitOnce(inside, '|')
  if (target.startsWith('@'))
    return mention(names.user(target.slice(1)), names.isMe(target.slice(1)))
  if (target.startsWith('#'))
    return html`<span class="mention">#${names.channel(target.slice(1))}</span>`
  if (target.startsWith('!subteam^')) return mention(names.group(target.slice(9)), false)
  if (target.startsWith('!date^')) {
    const [, seconds, format = '{date_short} {time}'] = target.split('^')
    return html`<time title=${label}>${slackDate(seconds, format, label, names.now())}</time>`
  }
  if (/^!(here|channel|everyone)$/.test(target)) return mention(target.slice(1), true)
  if (/^(https?|mailto):/.test(target))
    return html`<a href=${decoded(target)} target="_blank" rel="noreferrer noopener"
      >${decoded(label ?? target)}</a
    >`
  return decoded(`<${inside}>`)
}

export const mention = (name, isMine) =>
  html`<span class=${isMine ? 'mention mine' : 'mention'}>@${name}</span>`

const splitOnce = (text, separator) => {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
const decoded = (text) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
