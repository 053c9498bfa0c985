import { type PostMortemAbout, postMortem } from '#domain/communication/post-mortem.ts'
import { count } from '#domain/communication/words.ts'
import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { NoRoom } from './room.ts'
import { uploadOnce } from './upload-once.ts'

/** Puts the draft under the card, as a file that can be edited anywhere. */
export async function uploadPostMortem(
  edge: Edge,
  key: string,
  about: PostMortemAbout,
  at: Surface | undefined,
): Promise<void> {
  if (!at) throw new NoRoom('there is no card to put the post-mortem under')
  const text = postMortem(about)
  if (text === undefined) return
  const questions = count(text.match(/^- Question:/gmu)?.length ?? 0, 'question')
  await uploadOnce(edge, {
    key,
    at,
    comment: `Draft of the post-mortem, as far as the timeline knows; ${questions} are left for you.`,
    batches: [
      [
        {
          content: text,
          filename: `post-mortem-${about.incident}.md`,
          title: `Post-mortem of ${about.incident} (draft)`,
        },
      ],
    ],
  })
}
