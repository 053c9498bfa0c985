import { type Edge, messageFor } from '../edge.ts'
import { isRefused } from '../failure.ts'
import { post } from '../chat/post.ts'
import { uploadOnce } from '../chat/upload-once.ts'
import { assessmentPicture } from '../pictures/assessment-picture.ts'
import type { Asker } from '../parts.ts'
import { turnedAway } from '../turned-away.ts'
import type { Message } from '../views/index.ts'
import type { Command } from './command.ts'
import { oneService } from './one-service.ts'
import { serviceNamed, unknownService } from './rollback-words.ts'

/** `/assess checkout`: for everybody in the channel, with a picture below; for the person alone where the bot may not post. */
export const assess: Command = {
  name: '',
  usage: '<service>',
  help: 'Say how bad it is with a service, what to do and why',
  examples: ['checkout'],
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { catalogue, workflows } = edge
    const asked = oneService(words, command, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    const service = asked.typed === undefined ? undefined : serviceNamed(asked.typed, catalogue)
    if (!service) return messageFor(edge, unknownService(asked.typed ?? '', catalogue))
    const away = await turnedAway(edge, asker, { shows: command, service })
    if (away) return messageFor(edge, away)
    const answer = await workflows.assess(service)
    const message = await messageFor(edge, answer)
    const picture =
      answer.kind === 'assessed' ? await assessmentPicture(answer, edge.draw) : undefined
    const posted = await posting(edge, asker, message)
    if (!posted) return message
    if (picture)
      await uploadOnce(edge, {
        key: `picture:${asker.delivery}`,
        at: { channel: posted.channel, ts: undefined },
        batches: [
          [
            {
              title: picture.title,
              filename: `${service}.png`,
              content: picture.png,
              alt: picture.alt,
            },
          ],
        ],
      })
    return undefined
  },
}

/** `undefined` where Slack does not let us speak: in a channel we are no member of, or one that is archived. */
async function posting(edge: Edge, { channel, delivery, user }: Asker, message: Message) {
  if (channel === undefined) return undefined
  try {
    // Whose answer it is can be told from the message.
    const key = `answer:${user}:${delivery}`
    return await post(edge, { key, channel, thread: undefined, broadcast: false, message })
  } catch (error) {
    if (
      !isRefused(error, 'not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action')
    )
      throw error
    return undefined
  }
}
