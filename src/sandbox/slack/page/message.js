import { useEffect, useState } from 'preact/hooks'
import { Blocks, ownAddress } from './blocks.js'
import { emojiOf } from './emoji.js'
import { useForm } from './form.js'
import { clockTime, dateOf, initials, tintOf } from './format.js'
import { html, Unless } from './html.js'
import { Mrkdwn } from './mrkdwn.js'

/** One message. `isCompact`: follows another of the same person, so name and picture are left out. */
export function Message(props) {
  const { posted, isCompact, isPinned, users } = props
  // What else it shows of the outside: who people are. Everything else arrives as a new `posted`.
  return html`<${Unless}
    by=${[posted, isCompact, isPinned, users, props.me, props.inThread]}
    draw=${() => html`<${Drawn} ...${props} />`}
  />`
}

function Drawn({ posted, isCompact, isPinned, users, me, names, inThread, openThread, confirm }) {
  const { message, visibleTo, channel } = posted
  const form = useForm({ me, surface: { channel, ts: message.ts }, confirm })
  const author = authorOf(message, users)
  const isReply = message.thread_ts && message.thread_ts !== message.ts
  const time = html`<time
    datetime=${dateOf(message.ts).toISOString()}
    title=${dateOf(message.ts).toUTCString()}
    >${clockTime(message.ts)}</time
  >`
  return html`<article
    class=${['message', isCompact && 'compact', visibleTo && 'private', isPinned && 'pinned']
      .filter(Boolean)
      .join(' ')}
    id=${inThread ? undefined : `m${message.ts}`}
    aria-label=${`${author.name} at ${clockTime(message.ts)}`}
  >
    <div class="gutter">${isCompact ? time : html`<${Avatar} author=${author} />`}</div>
    <div class="body">
      ${isPinned && !inThread && html`<div class="mark">Pinned</div>`}
      ${visibleTo && html`<div class="mark">Only visible to you</div>`}
      ${
        isReply &&
        !inThread &&
        html`<div class="mark">
        Replied to <button type="button" class="link" onClick=${() => openThread(message.thread_ts)}>a thread</button>
      </div>`
      }
      ${
        !isCompact &&
        html`<header>
        <strong>${author.name}</strong>${author.isApp && html`<span class="badge">APP</span>`} ${time}
      </header>`
      }
      ${
        message.blocks
          ? html`<${Blocks} blocks=${message.blocks} form=${form} names=${names} />`
          : message.text && html`<${Mrkdwn} text=${message.text} names=${names} />`
      }
      ${message.edited && !message.blocks && html`<small class="edited">(edited)</small>`}
      ${(message.attachments ?? []).map(
        (attachment) =>
          html`<div class="attachment">
            ${
              attachment.blocks
                ? html`<${Blocks} blocks=${attachment.blocks} form=${form} names=${names} />`
                : html`<${Mrkdwn} text=${attachment.text ?? attachment.fallback ?? ''} names=${names} />`
            }
          </div>`,
      )}
      ${(message.files ?? []).map((file) => html`<${File} key=${file.id} file=${file} />`)}
      ${form.trouble && html`<div class="error" role="alert">${form.trouble}</div>`}
      ${
        (message.reactions ?? []).length > 0 &&
        html`<div class="reactions">
        ${message.reactions.map(({ name, count }) => html`<span>${emojiOf(name)} ${count}</span>`)}
      </div>`
      }
      ${
        !inThread &&
        message.reply_count > 0 &&
        html`<button type="button" class="replies" onClick=${() => openThread(message.ts)}>
        ${(message.reply_users ?? [])
          .slice(0, 3)
          .map((id) => html`<${Avatar} author=${authorOf({ user: id }, users)} isSmall />`)}
        <b>${message.reply_count} ${message.reply_count === 1 ? 'reply' : 'replies'}</b>
        <span>last at ${clockTime(message.latest_reply)}</span>
      </button>`
      }
    </div>
  </article>`
}

export function Avatar({ author, isSmall }) {
  return html`<span
    class=${`avatar tint-${tintOf(author.id)} ${isSmall ? 'small' : ''} ${author.isApp ? 'app' : ''}`}
    aria-hidden="true"
    >${author.isApp ? html`<img src="/page/icon.svg" alt="" />` : initials(author.name)}</span
  >`
}

export function authorOf({ user }, users) {
  if (user === 'USLACKBOT') return { id: user, name: 'Slackbot', isApp: false }
  const person = users[user]
  return { id: user, name: person?.realName ?? user, isApp: person?.bot === true }
}

const isPicture = ({ mimetype }) => mimetype === 'image/png'
const previewed = 8

function File({ file }) {
  const [text, setText] = useState(undefined)
  const [isWhole, setWhole] = useState(false)
  const address = ownAddress(file.url)
  useEffect(() => {
    if (isPicture(file)) return
    void fetch(address)
      .then((response) => response.text())
      .then(setText)
      .catch(() => setText('(could not be read)'))
  }, [address])
  const lines = (text ?? '').split('\n')
  return html`<figure class="file">
    <figcaption>
      <span>${file.title}</span>
      <a href=${address} download=${file.name}>Download</a>
    </figcaption>
    ${
      isPicture(file)
        ? html`<img src=${address} alt=${file.title} loading="lazy" />`
        : html`<pre>${(isWhole ? lines : lines.slice(0, previewed)).join('\n')}</pre>`
    }
    ${
      lines.length > previewed &&
      html`<button type="button" class="link" onClick=${() => setWhole(!isWhole)}>
      ${isWhole ? 'Show less' : `Show all ${lines.length} lines`}
    </button>`
    }
  </figure>`
}
