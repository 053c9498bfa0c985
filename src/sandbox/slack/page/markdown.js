import { html } from './html.js'
import { withEmoji } from './mrkdwn.js'

/** The part of Markdown that `markdown` blocks are used for: headings, lists, code, emphasis, links. */
export function Markdown({ text }) {
  const parts = text.split(/```\w*\n([\s\S]*?)\n```/)
  return html`<div class="markdown">
    ${parts.map((part, index) =>
      index % 2 === 1 ? html`<pre><code>${part}</code></pre>` : linesOf(part),
    )}
  </div>`
}

function linesOf(text) {
  return text.split(/\n{2,}/).map((paragraph) => {
    const lines = paragraph.split('\n').filter((line) => line !== '')
    if (lines.length === 0) return null
    if (lines.every((line) => /^\s*([-*]|\d+\.) /.test(line))) {
      const items = lines.map(
        (line) => html`<li>${emphasised(line.replace(/^\s*([-*]|\d+\.) /, ''))}</li>`,
      )
      return /^\s*\d/.test(lines[0]) ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
    }
    return html`<p>
      ${lines.map((line, index) => {
        const heading = /^#{1,6} (.*)$/.exec(line)
        const drawn = heading
          ? html`<strong class="heading">${emphasised(heading[1])}</strong>`
          : emphasised(line)
        return [index > 0 ? html`<br />` : null, drawn]
      })}
    </p>`
  })
}

const token =
  /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|_([^_]+)_|~~([^~]+)~~|\[([^\]]+)\]\((https?:[^)\s]+)\)/g

function emphasised(text) {
  const out = []
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, code, bold, italic, slanted, struck, label, url] = match
    out.push(withEmoji(text.slice(end, match.index)))
    end = match.index + whole.length
    if (code !== undefined) out.push(html`<code>${code}</code>`)
    else if (bold !== undefined) out.push(html`<strong>${emphasised(bold)}</strong>`)
    else if (struck !== undefined) out.push(html`<s>${emphasised(struck)}</s>`)
    else if (url !== undefined)
      out.push(html`<a href=${url} target="_blank" rel="noreferrer noopener">${label}</a>`)
    else out.push(html`<em>${emphasised(italic ?? slanted)}</em>`)
  }
  out.push(withEmoji(text.slice(end)))
  return out
}
