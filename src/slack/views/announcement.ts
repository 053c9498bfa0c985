import { context, header, message, section } from './blocks.ts'
import { mrkdwn, paragraphs } from './markup.ts'
import type { Message } from './message.ts'

/** A text made from a template, as it was previewed: word for word. */
export function announcement({
  title,
  text,
  footnote,
}: {
  readonly title: string
  readonly text: string
  readonly footnote?: string
}): Message {
  return message(
    mrkdwn`${title}`,
    header(title),
    section(paragraphs(text)),
    footnote === undefined ? undefined : context(mrkdwn`${footnote}`),
  )
}
