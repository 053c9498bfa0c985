import type { Edge } from '../edge.ts'
import { earlierPost } from './earlier-post.ts'
import type { PastMessage } from './schema.ts'

export interface UploadedFile {
  readonly title: string
  readonly filename: string
  readonly content: string | Uint8Array
  /** For whoever cannot see a picture. */
  readonly alt?: string
}
interface Upload {
  /** Names the notice that the files belong to. */
  readonly key: string
  /** The message they answer; without one, the channel itself. */
  readonly at: { readonly channel: string; readonly ts: string | undefined }
  /** The files of each message. */
  readonly batches: readonly (readonly UploadedFile[])[]
  readonly comment?: string
}

/**
 * Puts files under a message, or into a channel. They carry no metadata: after a try that may have been taken, a message of ours with files of the same
 * titles is looked for. Where Slack does not let us look, they are uploaded again.
 */
export async function uploadOnce(
  edge: Pick<Edge, 'client' | 'log' | 'identity' | 'clock' | 'outbox'>,
  { key, at: { channel, ts: thread }, batches, comment }: Upload,
): Promise<void> {
  const tried = await edge.outbox.posting(key, channel)
  for (const files of batches) {
    const titles = files.map(({ title }) => title)
    const before = tried && (await earlierPost(edge, { channel, thread }, tried, holds(titles)))
    if (before?.kind === 'stands') continue
    await edge.client.filesUploadV2({
      channel_id: channel,
      ...(thread === undefined ? {} : { thread_ts: thread }),
      file_uploads: files.map(({ content, alt, ...file }) => ({
        ...file,
        file: Buffer.from(content),
        ...(alt === undefined ? {} : { alt_text: alt }),
      })),
      ...(comment === undefined ? {} : { initial_comment: comment }),
    })
  }
}

const holds =
  (titles: readonly string[]) =>
  ({ files = [] }: PastMessage): boolean =>
    titles.every((title) => files.some((file) => file.title === title))
