import { type PostMortemAbout, postMortem } from '#domain/communication/post-mortem.ts'
import { count } from '#domain/communication/words.ts'
import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { NoRoom } from './room.ts'

/** Puts the draft under the card, as a file that can be edited anywhere. */
export async function uploadPostMortem(
  { client }: Pick<Edge, 'client'>,
  about: PostMortemAbout,
  at: Surface | undefined,
): Promise<void> {
  if (!at) throw new NoRoom('there is no card to put the post-mortem under')
  const text = postMortem(about)
  if (text === undefined) return
  const questions = count(text.match(/^- Question:/gmu)?.length ?? 0, 'question')
  await client.filesUploadV2({
    channel_id: at.channel,
    thread_ts: at.ts,
    initial_comment: `Draft of the post-mortem, as far as the timeline knows; ${questions} are left for you.`,
    content: text,
    filename: `post-mortem-${about.incident}.md`,
    title: `Post-mortem of ${about.incident} (draft)`,
  })
}
