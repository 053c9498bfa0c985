import type { AssessmentState } from '#domain/assessment/state.ts'
import type { Surface } from '#ports/surfaces.ts'
import { post } from '../chat/post.ts'
import { uploadOnce } from '../chat/upload-once.ts'
import { type Edge, messageFor, personOf } from '../edge.ts'
import { isRefused } from '../failure.ts'
import type { Asker } from '../parts.ts'
import { assessmentPicture } from '../pictures/assessment-picture.ts'
import { reply } from '../reply.ts'
import { turnedAway } from '../turned-away.ts'
import { assessmentWhy, type Message } from '../views/index.ts'
import { type AssessWords, assessWords } from './assess-words.ts'
import type { Command } from './command.ts'

/** `/assess checkout`: for everybody in the channel, with a picture below; for the person alone where the bot may not post. */
export const assess: Command = {
  name: '',
  usage: '<service> [--canary] [--why]',
  help: 'Say how bad it is with a service, what to do and why; a canary that serves is compared with what runs beside it; --canary answers also where none does, --why lists every rule that was looked at',
  examples: ['checkout', 'checkout --canary --why'],
  answers: 'known members',
  async run(edge, { asker, command, words }) {
    const { catalogue, workflows } = edge
    const asked = assessWords(words, command, catalogue)
    if (asked.kind === 'answer') return messageFor(edge, asked.answer)
    const { service, canary } = asked
    const away = await turnedAway(edge, asker, { shows: command, service })
    if (away) return messageFor(edge, away)
    const { delivery } = asker
    const answer = await workflows.assess({ service, by: personOf(asker), delivery, canary })
    const message = await messageFor(edge, answer)
    if (answer.kind !== 'assessed') return message
    const { assessment } = answer
    const place = await posting(edge, asker, message)
    if (place) await workflows.assessmentShown(assessment.id, place)
    else await reply(edge, asker, message)
    await beside(edge, asker, { asked, assessment, place })
    return undefined
  },
}

interface Beside {
  readonly asked: Extract<AssessWords, { kind: 'asked' }>
  readonly assessment: AssessmentState
  readonly place: Surface | undefined
}

/** The picture below, and the reasons under it. */
async function beside(edge: Edge, asker: Asker, { asked, assessment, place }: Beside) {
  const { service } = assessment
  if (asked.why) {
    const message = assessmentWhy(assessment)
    const key = `why:${asker.delivery}`
    if (place)
      await post(edge, { key, channel: place.channel, thread: place.ts, broadcast: false, message })
    else await reply(edge, asker, message)
  }
  const picture = place && (await assessmentPicture(assessment, edge.draw))
  if (!picture) return
  const { title, png: content, alt } = picture
  await uploadOnce(edge, {
    key: `picture:${asker.delivery}`,
    at: { channel: place.channel, ts: undefined },
    batches: [[{ title, filename: `${service}.png`, content, alt }]],
  })
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
